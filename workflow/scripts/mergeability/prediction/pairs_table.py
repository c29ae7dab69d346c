"""The pairs table: one row per pair and merger, metrics and accuracies side by side."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mergeability.files import read_json, read_table
from mergeability.naming import split_pair


def build_pairs_table(
    metrics: Iterable[str | Path], singles: Iterable[str | Path], merges: Iterable[str | Path]
) -> pd.DataFrame:
    """Join metric files of pairs, evaluations of checkpoints and evaluations of merges.

    Columns: pair, task_a, task_b, merger; accuracy_single_a/_b and accuracy_merged_a/_b of the two
    tasks; the targets accuracy and normalized_accuracy (means over both tasks); one column per
    metric. Sorted by pair and merger, whatever the order of the files.
    """
    single = {content["task"]: content["accuracy"] for content in map(read_json, singles)}
    accuracies = pd.DataFrame([_accuracies(content, single) for content in map(read_json, merges)])
    values = pd.DataFrame([_metrics(read_table(path)) for path in metrics])
    table = accuracies.merge(values, on=["task_a", "task_b"], how="left", validate="many_to_one")
    return table.sort_values(["pair", "merger"], ignore_index=True)


def _accuracies(merge: Mapping[str, Any], single: Mapping[str, float]) -> dict[str, Any]:
    task_a, task_b = split_pair(merge["pair"])
    return {
        "pair": merge["pair"],
        "task_a": task_a,
        "task_b": task_b,
        "merger": merge["merger"],
        "accuracy_single_a": single[task_a],
        "accuracy_single_b": single[task_b],
        "accuracy_merged_a": merge["tasks"][task_a]["accuracy"],
        "accuracy_merged_b": merge["tasks"][task_b]["accuracy"],
        "accuracy": merge["mean"]["accuracy"],
        "normalized_accuracy": merge["mean"]["normalized_accuracy"],
    }


def _metrics(rows: list[dict[str, Any]]) -> dict[str, Any]:
    tasks = {"task_a": rows[0]["task_a"], "task_b": rows[0]["task_b"]}
    return tasks | {row["metric"]: row["value"] for row in rows}
