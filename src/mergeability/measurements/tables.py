"""Measurements as plain tables, CSV or Parquet, such as anybody can write.

    pairs      task_a, task_b, merger, accuracy_a, accuracy_b: what merging left of each task
    singles    task, accuracy: of the task's own checkpoint
    sets       set (tasks joined by `__`), merger, task, accuracy: merges of more; optional
    zero_shot  task, zero_shot_accuracy: of the pretrained model; optional

Accuracies are shares of correct answers, in [0, 1]; empty cells count as not measured. Further
columns are ignored. Pairs may be absent, and their tasks may come in any order.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mergeability.naming import check_task_name
from mergeability.suggestions import unknown

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "pairs": {
        "task_a": str,
        "task_b": str,
        "merger": str,
        "accuracy_a": float,
        "accuracy_b": float,
    },
    "singles": {"task": str, "accuracy": float},
    "sets": {"set": str, "merger": str, "task": str, "accuracy": float},
    "zero_shot": {"task": str, "zero_shot_accuracy": float},
}


def read_measured_table(kind: str, path: str, backbone: str | None = None) -> "pd.DataFrame":
    """One of the tables, with its columns of `COLUMNS`. Raises `ValueError`: file, and the cure.

    With `backbone`, those rows alone that name it in a column `backbone`.
    """
    import pandas as pd  # noqa: PLC0415 - takes long, and most workflows are read without tables

    wanted = COLUMNS[kind]
    file = Path(path)
    if not file.is_file():
        raise ValueError(f"there is no file {path}")
    if file.suffix not in {".csv", ".parquet"}:
        raise ValueError(f"{path}: expected a table that ends in .csv or .parquet")
    table = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file, dtype=str)
    if absent := sorted(set(wanted) - set(table.columns)):
        raise ValueError(
            f"{path}: lacks the columns {', '.join(absent)}; it needs {', '.join(wanted)}"
        )
    if backbone is not None:
        known = sorted(set(table["backbone"])) if "backbone" in table else []
        for problem in unknown(f"{path}: backbone", [backbone], known):
            raise ValueError(problem)
        table = table[table["backbone"] == backbone]
    try:
        table = table[list(wanted)].astype(wanted)
    except ValueError as error:
        raise ValueError(f"{path}: {error}; accuracies are numbers from 0 to 1") from error
    for problem in _problems(kind, table):
        raise ValueError(f"{path}: {problem}")
    return table


def mergers_and_tasks(pairs: "pd.DataFrame") -> tuple[list[str], tuple[str, ...]]:
    """The mergers and the tasks that a table of pairs names, sorted."""
    tasks = sorted({*pairs["task_a"], *pairs["task_b"]})
    return sorted(set(pairs["merger"])), tuple(map(check_task_name, tasks))


def _problems(kind: str, table: "pd.DataFrame") -> Iterator[str]:
    for column in (name for name in COLUMNS[kind] if "accuracy" in name):
        outside = table[~table[column].between(0, 1) & table[column].notna()]
        if len(outside):
            yield (
                f"line {int(outside.index[0]) + 2}: {column} is {outside[column].iloc[0]:g}; "
                "accuracies are shares from 0 to 1"
            )
    rows = table[[name for name in COLUMNS[kind] if "accuracy" not in name]].copy()
    if kind == "pairs":
        same = rows[rows["task_a"] == rows["task_b"]]
        if len(same):
            yield f"line {int(same.index[0]) + 2}: a pair needs two different tasks"
        ordered = rows[["task_a", "task_b"]].apply(sorted, axis=1, result_type="expand")
        rows["task_a"], rows["task_b"] = ordered[0], ordered[1]
    repeated = rows[rows.duplicated()]
    if len(repeated):
        named = ", ".join(repeated.iloc[0])
        yield f"line {int(repeated.index[0]) + 2}: {named} is there twice; keep one"
