"""Reader of the authors' published measurements (one zoo, CLIP ViT-B/16) for tests."""

from pathlib import Path
from typing import Any

import pandas as pd

from mergeability.files import read_json
from mergeability.naming import pair_name, split_pair

MERGERS = {
    "weight_average": "weight_avg",
    "task_arithmetic": "arithmetic",
    "tsv": "tsv",
    "ties": "ties",
    "dare": "dare",
}
UNUSED_METRIC = "right_subspace_overlap"
ZOO = "ViT-B-16_AdamW"
REGULARIZED = "_grad_magnitude_1"


def read_metrics(measurements: Path) -> pd.DataFrame:
    """The 28 metrics, one row per pair; missing cells are NaN."""
    content = read_json(measurements / "mergeability" / ZOO / "pairwise_metrics_N20.json")
    columns = {
        metric: {pair_name(*pair.split("__")): value for pair, value in values["pairs"].items()}
        for metric, values in sorted(content["metrics"].items())
        if metric != UNUSED_METRIC
    }
    return pd.DataFrame(columns).astype(float).rename_axis("pair").sort_index()


def read_pairs_table(measurements: Path, variant: str = "") -> pd.DataFrame:
    """The pairs table of the published zoo: one row per published pair and merger.

    `variant` ends the names of the folders of another zoo, such as `REGULARIZED`. Metrics and
    single-task accuracies are those of the baseline, as in the published analysis.
    """
    single = read_json(measurements / "finetuning" / "accs.json")["ViT-B-16"]
    rows: list[dict[str, Any]] = []
    for merger, folder in MERGERS.items():
        summary = read_json(
            measurements / ZOO / f"{folder}{variant}" / "all_pairwise_summary_N20.json"
        )
        for published_pair, content in summary.items():
            task_a, task_b = split_pair(pair_name(*published_pair.split("__")))
            merged = [_accuracy(content, task) for task in (task_a, task_b)]
            ratios = [merged[0] / single[task_a], merged[1] / single[task_b]]
            rows.append(
                {
                    "pair": pair_name(task_a, task_b),
                    "task_a": task_a,
                    "task_b": task_b,
                    "merger": merger,
                    "accuracy_single_a": single[task_a],
                    "accuracy_single_b": single[task_b],
                    "accuracy_merged_a": merged[0],
                    "accuracy_merged_b": merged[1],
                    "accuracy": sum(merged) / 2,
                    "normalized_accuracy": sum(ratios) / 2,
                }
            )
    table = pd.DataFrame(rows).join(read_metrics(measurements), on="pair")
    return table.sort_values(["pair", "merger"], ignore_index=True)


def _accuracy(content: dict[str, Any], task: str) -> float:
    # Two TSV pairs hold the message of a failed run instead of results.
    return float("nan") if "error" in content else float(content[task][0][f"acc/test/{task}"])


def complete_for_all_mergers(table: pd.DataFrame) -> pd.DataFrame:
    """The pairs without any missing value, for every merger: the 185 of the published analysis."""
    complete = table.dropna()
    counts = complete["pair"].value_counts()
    full = counts[counts == table["merger"].nunique()].index
    return complete[complete["pair"].isin(full)].reset_index(drop=True)
