"""Names of sets of tasks that are merged together; a set of two is a pair and has its name."""

from collections.abc import Iterable

from mergeability.naming import PAIR_SEPARATOR

SET_PREDICTOR = "set_features"  # what predicts a set from its own features


def set_name(tasks: Iterable[str]) -> str:
    """Name of a set: its tasks in lexicographic order, joined by `__`.

    `ValueError` for less than two tasks, or for one that is there twice.
    """
    listed = sorted(tasks)
    if len(listed) < 2 or len(set(listed)) < len(listed):
        raise ValueError(f"a set needs two different tasks or more, got {listed}")
    return PAIR_SEPARATOR.join(listed)


def split_set(name: str) -> tuple[str, ...]:
    """The tasks of a set, in lexicographic order."""
    return tuple(name.split(PAIR_SEPARATOR))
