"""What the pretrained model does on each task: metrics that are known before any merge."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mergeability.measurements.tables import read_measured_table
from mergeability.suggestions import unknown

# Of the family `single_model`, what follows from accuracies alone.
OF_TASKS = ("zero_shot_accuracy", "fine_tuned_accuracy", "zero_shot_ratio")
METRICS = tuple(f"{name}_{end}" for name in OF_TASKS for end in ("sum", "min"))


class ZeroShot(NamedTuple):
    """A table of zero-shot accuracies, of which backbone, and the tasks that it is not true of."""

    path: str
    backbone: str | None
    left_out: tuple[str, ...]


def find_zero_shot(entry: Mapping[str, Any], tasks: tuple[str, ...]) -> ZeroShot:
    """What the entry `zero_shot` of a zoo with `tasks` stands for.

    Raises `ValueError`, in one line, for a table that cannot be read or knows none of the tasks.
    """
    found = ZeroShot(entry["path"], entry.get("backbone"), tuple(sorted(entry.get("except", []))))
    for problem in unknown("zero_shot.except", found.left_out, tasks):
        raise ValueError(problem)
    if not set(tasks) & read_zero_shot(found).keys():
        raise ValueError(f"{found.path}: has none of the tasks {', '.join(tasks)}")
    return found


def read_zero_shot(found: ZeroShot) -> dict[str, float]:
    """Zero-shot accuracies by task."""
    table = read_measured_table("zero_shot", found.path, found.backbone)
    accuracies = zip(table["task"], table["zero_shot_accuracy"], strict=True)
    return {task: value for task, value in accuracies if task not in found.left_out}
