"""Names of tasks and pairs, and the seeds that are derived from names."""

import hashlib
import re
from collections.abc import Iterable
from itertools import combinations

PAIR_SEPARATOR = "__"
TASK_PATTERN = r"(?!.*__)[A-Za-z0-9][A-Za-z0-9_.-]*"


def check_task_name(task: str) -> str:
    """Return `task` if it can name files and pairs, else raise `ValueError`."""
    if not re.fullmatch(TASK_PATTERN, task) or task.endswith("_"):
        raise ValueError(
            f"task name {task!r}: use letters, digits, '_', '.', '-', first a letter or digit, "
            f"no {PAIR_SEPARATOR!r} inside, no '_' at the end"
        )
    return task


def pair_name(task_a: str, task_b: str) -> str:
    """Name of the unordered pair: both tasks in lexicographic order, joined by `__`."""
    if task_a == task_b:
        raise ValueError(f"a pair needs two different tasks, got {task_a!r} twice")
    return PAIR_SEPARATOR.join(sorted((task_a, task_b)))


def split_pair(pair: str) -> tuple[str, str]:
    """The two tasks of a pair, in lexicographic order."""
    first, second = pair.split(PAIR_SEPARATOR)
    return first, second


def all_pairs(tasks: Iterable[str]) -> list[str]:
    """Names of all n(n-1)/2 pairs, by the order of task names, not that of `tasks`."""
    return [pair_name(a, b) for a, b in combinations(sorted(tasks), 2)]


def tasks_of(pairs: Iterable[str]) -> list[str]:
    """All tasks that occur in `pairs`, sorted."""
    return sorted({task for pair in pairs for task in split_pair(pair)})


def stable_seed(*names: str | int) -> int:
    """A 63-bit seed that depends on the names alone, never on order of execution."""
    digest = hashlib.sha256("\x1f".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
