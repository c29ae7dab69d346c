"""Which pairs a predictor learns from, and which it is tested on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mergeability.naming import pair_name, stable_seed

Names = NDArray[np.str_]

N_SPLITS = 10


@dataclass(frozen=True)
class Fold:
    """One train/test split of the pairs: what is held out, and two disjoint masks (pairs,)."""

    name: str
    train: NDArray[np.bool_]
    held_out: NDArray[np.bool_]


def make_folds(protocol: str, pair_tasks: Names, tasks: Sequence[str]) -> list[Fold]:
    """The folds of a protocol of `registry.PROTOCOLS`; see `loto`, `l2to` and `split`."""
    if protocol == "l2to":
        return l2to(pair_tasks)
    return {"loto": loto, "split": split}[protocol](pair_tasks, tasks)


def loto(pair_tasks: Names, tasks: Sequence[str]) -> list[Fold]:
    """Leave one task out: per task, hold out every pair that contains it.

    `pair_tasks` has shape (pairs, 2). One fold per task, in the order of `tasks` and named after
    it; a task without pairs gets an empty held-out mask. The partners of the held-out task have
    been seen in training. Source: arXiv 2601.22285, section 4.
    """
    folds = []
    for task in tasks:
        held_out = (pair_tasks == task).any(axis=1)
        folds.append(Fold(task, ~held_out, held_out))
    return folds


def l2to(pair_tasks: Names) -> list[Fold]:
    """Leave two tasks out: per pair, train on the pairs that share no task with it.

    One fold per pair, in the order of rows and named after the pair. Both tasks are unseen, so
    that nothing but the metrics can tell pairs apart. A fold holds one pair: correlations exist
    over the pooled predictions only.
    """
    folds = []
    for number, (task_a, task_b) in enumerate(pair_tasks.tolist()):
        train = np.asarray(~np.isin(pair_tasks, [task_a, task_b]).any(axis=1), dtype=np.bool_)
        held_out = np.arange(len(pair_tasks)) == number
        folds.append(Fold(pair_name(task_a, task_b), train, held_out))
    return folds


def split(pair_tasks: Names, tasks: Sequence[str]) -> list[Fold]:
    """Halve the tasks: train on the pairs inside one half, test on the pairs inside the other.

    `N_SPLITS` halvings, each used in both directions. Which half a task falls into depends on
    names alone. Of an odd number of tasks the larger half comes second. Pairs of one task from
    either half are not used. Source: the single split of 10 and 10 tasks in arXiv 2601.22285,
    repeated.
    """
    folds = []
    for number in range(1, N_SPLITS + 1):
        drawn = sorted(tasks, key=lambda task, n=number: stable_seed("split", n, task))  # type: ignore[misc]
        first, second = (
            np.asarray(np.isin(pair_tasks, half).all(axis=1), dtype=np.bool_)
            for half in (drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :])
        )
        folds += [Fold(f"{number:02d}", first, second), Fold(f"{number:02d}r", second, first)]
    return folds
