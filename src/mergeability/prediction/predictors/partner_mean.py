"""Baseline without metrics: how well the partner task merged with others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mergeability.prediction.problem import Fit, Floats, Pairs, Training

LOOKS_AT = "no metric"


def fit(pairs: Pairs, folds: Sequence[Training]) -> list[Fit]:
    """Score a pair by the mean target of its tasks over the training pairs that contain them.

    Only tasks seen in training count, so that a held-out task h and its partner p get

        score(h, p) = mean of target(p, q) over the training pairs (p, q)

    A pair with both tasks in training gets the mean of its two task means, a pair with none the
    mean of all training targets. Scores are in units of the target.
    """
    names, index = np.unique(pairs.tasks, return_inverse=True)
    index = index.reshape(pairs.tasks.shape)
    return [Fit(_mean_of_seen(index, len(names), fold)) for fold in folds]


def _mean_of_seen(index: NDArray[np.intp], n_tasks: int, fold: Training) -> Floats:
    members = index[fold.rows].ravel()
    counts = np.bincount(members, minlength=n_tasks)
    totals = np.bincount(members, weights=np.repeat(fold.target, 2), minlength=n_tasks)
    means = totals / np.maximum(counts, 1)
    n_seen = (counts > 0)[index].sum(axis=1)
    scores: Floats = np.where(
        n_seen > 0, means[index].sum(axis=1) / np.maximum(n_seen, 1), fold.target.mean()
    )
    return scores
