"""Published measurements as a pairs table."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mergeability.files import read_json
from mergeability.measurements.folder import Measurements
from mergeability.measurements.tables import read_measured_table
from mergeability.measurements.zero_shot import OF_TASKS, read_zero_shot
from mergeability.metrics.registry import metric_names
from mergeability.naming import all_pairs, pair_name, split_pair
from mergeability.sets.names import set_name, split_set


def read_measured_pairs(found: Measurements, merger: str) -> pd.DataFrame:
    """The pairs table of one merger, with a row for every pair of the zoo's tasks.

    Columns as in `prediction.pairs_table.build_pairs_table`, with the metrics of the registry that
    were measured, and those that zero-shot accuracies tell. What was not measured is NaN: cells
    without a number, pairs that are absent or hold the message of a failed run, tasks without a
    single-task accuracy.

    `normalized_accuracy` divides by the single-task accuracies of `finetuning/accs.json`. A variant
    has none of its own there, so it is divided by those of the zoo it varies, as was published.
    """
    single = _single_accuracies(found)
    merged = _merged_pairs(found, merger)
    rows = [_row(pair, merger, merged.get(pair, {}), single) for pair in all_pairs(found.tasks)]
    table = pd.DataFrame(rows)
    if found.zero_shot is not None:
        table = _join_zero_shot(table, read_zero_shot(found.zero_shot))
    if found.metrics is None:
        return table
    return table.join(_read_metrics(found.metrics), on="pair")


def _join_zero_shot(table: pd.DataFrame, zero_shot: Mapping[str, float]) -> pd.DataFrame:
    """A pairs table with `zero_shot.METRICS`: sum and minimum over both tasks of

    - the zero-shot accuracy, in [0, 1], NaN where it is not known of both;
    - the accuracy of the task's own checkpoint, as the table has it;
    - their ratio.

    Built zoos compute metrics of the same names from probe samples (see `families.single_model`);
    these here are of whatever was measured, test images as a rule.
    """
    single = table[["accuracy_single_a", "accuracy_single_b"]].to_numpy(dtype=np.float64)
    before = np.stack([table[name].map(zero_shot) for name in ("task_a", "task_b")], axis=1)
    of_tasks = dict(zip(OF_TASKS, (before, single, before / single), strict=True))
    columns = {
        f"{name}_{end}": reduce(values, axis=1)
        for name, values in of_tasks.items()
        for end, reduce in (("sum", np.sum), ("min", np.min))
    }
    return table.assign(**columns)


def read_measured_sets(found: Measurements, merger: str) -> pd.DataFrame:
    """What one merger left of sets of tasks: set, accuracy, normalized_accuracy, sorted by set.

    Both are means over the tasks of the set, normalised as pairs are. Sets that hold a message in
    place of a number are left out.
    """
    single = _single_accuracies(found)
    rows = []
    for name, kept in _merged_sets(found, merger).items():
        tasks = split_set(name)
        merged = np.array([kept.get(task, np.nan) for task in tasks])
        singles = np.array([single.get(task, np.nan) for task in tasks])
        means = {"accuracy": merged.mean(), "normalized_accuracy": (merged / singles).mean()}
        rows.append({"set": set_name(tasks), **means})
    return pd.DataFrame(rows).dropna().sort_values("set", ignore_index=True)


Accuracies = Mapping[str, Mapping[str, float]]


def _merged_pairs(found: Measurements, merger: str) -> Accuracies:
    """The accuracies of the tasks of each pair, by pairs named as ours."""
    if found.name:
        merges = _by_pair(read_json(found.merges[merger]))
        return {pair: _merged_accuracies(pair, merge) for pair, merge in merges.items()}
    table = read_measured_table("pairs", found.merges[merger])
    rows = table[table["merger"] == merger].drop(columns="merger").to_numpy().tolist()
    return {pair_name(a, b): {a: kept_a, b: kept_b} for a, b, kept_a, kept_b in rows}


def _merged_sets(found: Measurements, merger: str) -> Accuracies:
    """The accuracies of the tasks of each set, by the names in the file."""
    if found.name:
        merges = read_json(found.sets[merger])["results"]
        return {name: _merged_accuracies(name, merge) for name, merge in merges.items()}
    table = read_measured_table("sets", found.sets[merger])
    of_merger = table[table["merger"] == merger]
    return {
        str(name): dict(zip(rows["task"], rows["accuracy"], strict=True))
        for name, rows in of_merger.groupby("set")
    }


def _merged_accuracies(name: str, merge: Mapping[str, Any]) -> dict[str, float]:
    return {task: _merged_accuracy(merge, task) for task in split_set(name)}


def _row(
    pair: str, merger: str, merged: Mapping[str, float], single: Mapping[str, float]
) -> dict[str, Any]:
    task_a, task_b = split_pair(pair)
    merged_a, merged_b = (merged.get(task, np.nan) for task in (task_a, task_b))
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
    """Single-task accuracies of the table, or of the backbone that the zoo's name starts with."""
    if not found.name:
        table = read_measured_table("singles", found.accuracies)
        return dict(zip(table["task"], table["accuracy"], strict=True))
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
