"""The metric files of many pairs as one table."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mergeability.files import read_table


def tabulate_metrics(paths: Iterable[str | Path]) -> pd.DataFrame:
    """One row per pair, sorted by its tasks: `task_a`, `task_b`, and one column per metric."""
    table = pd.DataFrame([_one_row(read_table(path)) for path in paths])
    return table.sort_values(["task_a", "task_b"], ignore_index=True)


def _one_row(values: list[dict[str, Any]]) -> dict[str, Any]:
    tasks = {"task_a": values[0]["task_a"], "task_b": values[0]["task_b"]}
    return tasks | {value["metric"]: value["value"] for value in values}
