"""The pairs table: one row per pair and merger, metrics and accuracies side by side."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mergeability.files import read_json
from mergeability.metrics.tabulation import tabulate_metrics
from mergeability.naming import pair_name, split_pair


def build_pairs_table(
    metrics: Iterable[str | Path],
    singles: Iterable[str | Path],
    merges: Iterable[str | Path],
    probes: Iterable[str | Path] = (),
) -> pd.DataFrame:
    """Join metric files of pairs, evaluations of checkpoints and evaluations of merges.

    There is a row for every pair that has metrics; accuracies of pairs that were not merged are
    NaN.

    Columns: pair, task_a, task_b, merger; accuracy_single_a/_b and accuracy_merged_a/_b of the two
    tasks; the targets accuracy and normalized_accuracy (means over both tasks) and what merging
    leaves of each, normalized_accuracy_a/_b; one column per
    metric; and with `probes`, evaluations of the same merges on probe samples, probe_accuracy and
    probe_normalized_accuracy. Sorted by pair and merger, whatever the order of the files.
    """
    single = {content["task"]: content["accuracy"] for content in map(read_json, singles)}
    known = [_accuracies(content, single) for content in map(read_json, merges)]
    values = tabulate_metrics(metrics)
    merged = {row["pair"] for row in known}
    others = [
        _singles(pair, merger, single)
        for pair in map(pair_name, values["task_a"], values["task_b"])
        for merger in sorted({row["merger"] for row in known})
        if pair not in merged
    ]
    accuracies = pd.DataFrame([*known, *others])
    table = accuracies.merge(values, on=["task_a", "task_b"], how="left", validate="many_to_one")
    if probed := [_probed(content) for content in map(read_json, probes)]:
        keys = ["pair", "merger"]
        table = table.merge(pd.DataFrame(probed), on=keys, how="left", validate="one_to_one")
    return table.sort_values(["pair", "merger"], ignore_index=True)


def list_complete_pairs(
    table: pd.DataFrame, metrics: Sequence[str], targets: Sequence[str]
) -> dict[str, Any]:
    """The pairs with a value of all `metrics`, and of all `targets` for every merger.

    `table` holds the pairs of all mergers. Returns `pairs`, sorted, and of how many. The published
    predictors were fitted on such pairs only. Raises `ValueError` where there is none.
    """
    if absent := sorted({*metrics, *targets} - set(table.columns)):
        raise ValueError(f"the pairs table lacks the columns {absent}")
    known = table[[*metrics, *targets]].notna().all(axis=1)
    complete = known.groupby(table["pair"]).agg(["all", "size"])
    everywhere = complete["size"] == table["merger"].nunique()
    pairs = sorted(complete.index[complete["all"] & everywhere])
    if not pairs:
        worst = table[[*metrics, *targets]].isna().mean().sort_values().tail(3)
        shares = ", ".join(f"{name} ({share:.0%} missing)" for name, share in worst.items())
        raise ValueError(
            f"no pair of {len(complete)} is complete; most often missing: {shares}. Leave out the "
            "family of these metrics, or set prediction.complete_cases to false"
        )
    return {"pairs": pairs, "n_pairs": len(complete), "n_complete_pairs": len(pairs)}


def read_complete(path: str | None) -> list[str] | None:
    """The pairs that `list_complete_pairs` found; None, for no restriction, without a file."""
    return None if path is None else list(read_json(path)["pairs"])


def read_by_merger(paths: Iterable[str | Path]) -> dict[str, pd.DataFrame]:
    """The pairs tables of mergers, by name."""
    tables = [pd.read_parquet(path) for path in paths]
    return {table["merger"].iloc[0]: table for table in tables}


def _probed(merge: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pair": merge["pair"],
        "merger": merge["merger"],
        "probe_accuracy": merge["mean"]["accuracy"],
        "probe_normalized_accuracy": merge["mean"]["normalized_accuracy"],
    }


def _singles(pair: str, merger: str, single: Mapping[str, float]) -> dict[str, Any]:
    task_a, task_b = split_pair(pair)
    return {
        "pair": pair,
        "task_a": task_a,
        "task_b": task_b,
        "merger": merger,
        "accuracy_single_a": single[task_a],
        "accuracy_single_b": single[task_b],
    }


def _accuracies(merge: Mapping[str, Any], single: Mapping[str, float]) -> dict[str, Any]:
    task_a, task_b = split_pair(merge["pair"])
    return {
        **_singles(merge["pair"], merge["merger"], single),
        "accuracy_merged_a": merge["tasks"][task_a]["accuracy"],
        "accuracy_merged_b": merge["tasks"][task_b]["accuracy"],
        "accuracy": merge["mean"]["accuracy"],
        "normalized_accuracy": merge["mean"]["normalized_accuracy"],
        "normalized_accuracy_a": merge["tasks"][task_a]["accuracy"] / single[task_a],
        "normalized_accuracy_b": merge["tasks"][task_b]["accuracy"] / single[task_b],
    }
