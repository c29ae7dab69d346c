"""Which pairs a predictor learns from, and which it is tested on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Fold:
    """One train/test split of the pairs: two disjoint masks of shape (pairs,)."""

    held_out_task: str
    train: NDArray[np.bool_]
    held_out: NDArray[np.bool_]


def loto(pair_tasks: NDArray[np.str_], tasks: Sequence[str]) -> list[Fold]:
    """Leave one task out: per task, hold out every pair that contains it.

    `pair_tasks` has shape (pairs, 2). One fold per task, in the order of `tasks`; a task without
    pairs gets an empty held-out mask. Source: arXiv 2601.22285, section 4.
    """
    folds = []
    for task in tasks:
        held_out = (pair_tasks == task).any(axis=1)
        folds.append(Fold(task, ~held_out, held_out))
    return folds
