"""What all analyses of a pairs table share: its metrics, and intervals over tasks."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks

Floats = NDArray[np.float64]
Names = NDArray[np.str_]
Mask = NDArray[np.bool_]

TASKS = ["task_a", "task_b"]
TARGETS = ["accuracy", "normalized_accuracy"]
_NO_METRICS = {
    "pair", "merger", *TASKS, *TARGETS,
    "accuracy_single_a", "accuracy_single_b", "accuracy_merged_a", "accuracy_merged_b",
    "normalized_accuracy_a", "normalized_accuracy_b",
    *(f"probe_{target}" for target in TARGETS),
}  # fmt: skip


def metric_columns(table: pd.DataFrame) -> list[str]:
    """The metrics of a pairs table: every column that is no key and no accuracy, sorted."""
    return sorted(set(table.columns) - _NO_METRICS)


def task_names(rows: pd.DataFrame) -> Names:
    """The two tasks of each row: (rows, 2)."""
    return rows[TASKS].to_numpy(dtype=np.str_)


def metrics_by_pair(table: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """`task_a`, `task_b` and `metrics` with one row per pair, sorted by pair, the index.

    Metrics do not depend on the merger, so each pair counts once. Raises `ValueError` where
    `metrics` is empty or names columns that the table lacks.
    """
    if not metrics:
        raise ValueError("no metrics to analyse")
    if absent := sorted(set(metrics) - set(table.columns)):
        raise ValueError(f"the pairs table lacks the metrics {absent}")
    return table.groupby("pair")[[*TASKS, *metrics]].first()


def interval_over_tasks(
    tasks: Names, statistics: Callable[[Mask], Floats], limit: float = 1.0
) -> tuple[Floats, Floats, Floats]:
    """Statistics of pairs with 95 % intervals by jackknife over tasks.

    `statistics` maps a mask of the rows of `tasks` (pairs, 2) to values in [-limit, limit]
    (statistics,).
    Returns the values on all pairs and both ends, each (statistics,); ends are NaN where a value
    is undefined without some task. See `prediction.jackknife`.
    """
    estimate = statistics(np.ones(len(tasks), dtype=np.bool_))
    left_out = leave_out_tasks(tasks, statistics)
    if not left_out:
        undefined = np.full_like(estimate, np.nan)
        return estimate, undefined, undefined
    return estimate, *jackknife_interval(estimate, np.stack(left_out), limit=limit)
