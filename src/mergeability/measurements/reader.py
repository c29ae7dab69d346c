"""Published measurements as a pairs table."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mergeability.files import read_json
from mergeability.measurements.folder import Measurements
from mergeability.metrics.registry import metric_names
from mergeability.naming import all_pairs, pair_name, split_pair


def read_measured_pairs(found: Measurements, merger: str) -> pd.DataFrame:
    """The pairs table of one merger, with a row for every pair of the zoo's tasks.

    Columns as in `prediction.pairs_table.build_pairs_table`, with the metrics of the registry that
    were measured. What was not measured is NaN: cells without a number, pairs that are absent or
    hold the message of a failed run, tasks without a single-task accuracy.

    `normalized_accuracy` divides by the single-task accuracies of `finetuning/accs.json`. A variant
    has none of its own there, so it is divided by those of the zoo it varies, as was published.
    """
    single = _single_accuracies(found)
    merges = _by_pair(read_json(found.merges[merger]))
    rows = [_row(pair, merger, merges.get(pair, {}), single) for pair in all_pairs(found.tasks)]
    table = pd.DataFrame(rows)
    if found.metrics is None:
        return table
    return table.join(_read_metrics(found.metrics), on="pair")


def _row(
    pair: str, merger: str, merge: Mapping[str, Any], single: Mapping[str, float]
) -> dict[str, Any]:
    task_a, task_b = split_pair(pair)
    merged_a, merged_b = (_merged_accuracy(merge, task) for task in (task_a, task_b))
    single_a, single_b = (single.get(task, np.nan) for task in (task_a, task_b))
    return {
        "pair": pair,
        "task_a": task_a,
        "task_b": task_b,
        "merger": merger,
        "accuracy_single_a": single_a,
        "accuracy_single_b": single_b,
        "accuracy_merged_a": merged_a,
        "accuracy_merged_b": merged_b,
        "accuracy": (merged_a + merged_b) / 2,
        "normalized_accuracy": (merged_a / single_a + merged_b / single_b) / 2,
        "normalized_accuracy_a": merged_a / single_a,
        "normalized_accuracy_b": merged_b / single_b,
    }


def _merged_accuracy(merge: Mapping[str, Any], task: str) -> float:
    """The test accuracy of one task, NaN where a run failed and left a message instead."""
    measured = merge.get(task)
    if not isinstance(measured, list):
        return float("nan")
    return _number(measured[0].get(f"acc/test/{task}"))


def _read_metrics(path: str) -> pd.DataFrame:
    measured = read_json(path)["metrics"]
    columns = {
        metric: {pair: _number(value) for pair, value in _by_pair(values["pairs"]).items()}
        for metric in metric_names()
        if (values := measured.get(metric)) is not None
    }
    return pd.DataFrame(columns, dtype=np.float64)


def _single_accuracies(found: Measurements) -> dict[str, float]:
    """The single-task accuracies of the backbone whose name the zoo's name starts with."""
    by_backbone = read_json(found.accuracies)
    fitting = [name for name in by_backbone if found.name.startswith(name)]
    if not fitting:
        raise ValueError(
            f"{found.accuracies}: no entry fits zoo {found.name!r}; it has {sorted(by_backbone)}"
        )
    return {task: _number(value) for task, value in by_backbone[max(fitting, key=len)].items()}


def _by_pair(content: Mapping[str, Any]) -> dict[str, Any]:
    """Values by pairs named as ours; the published names keep the order of a list."""
    return {pair_name(*split_pair(pair)): value for pair, value in content.items()}


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
