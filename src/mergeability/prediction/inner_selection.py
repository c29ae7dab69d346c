"""Choosing a penalty inside the training pairs, by leaving tasks out of them."""

from collections.abc import Callable, Sequence

import numpy as np

from mergeability.prediction.problem import Floats, Pairs, Training
from mergeability.prediction.protocols import loto


def inner_errors(
    pairs: Pairs, fold: Training, predict: Callable[[Pairs, Training], Floats]
) -> list[Floats]:
    """Errors of candidates when each training task in turn is left out of the training pairs.

    `predict(training_pairs, inner)` returns predictions (..., candidates, training pairs) of
    candidates fitted on the inner training alone. One array (..., candidates, held-out pairs) of
    predicted minus observed targets per task; tasks whose absence leaves no pair are skipped.
    """
    inside = Pairs(
        pairs.tasks[fold.rows], pairs.single_accuracy[fold.rows], pairs.metrics[fold.rows]
    )
    errors = []
    for inner in loto(inside.tasks, np.unique(inside.tasks).tolist()):
        if inner.train.any():
            training = Training(inner.train, fold.target[inner.train], fold.seed)
            predicted = predict(inside, training)
            errors.append(predicted[..., ~inner.train] - fold.target[~inner.train])
    return errors


def least_squared_error(errors: Sequence[Floats], n_candidates: int) -> int:
    """The candidate of the least squared error over all inner folds.

    The first of equals, so that candidates go from strong penalties to weak ones; hence the
    strongest without any inner fold.
    """
    totals = np.zeros(n_candidates)
    for error in errors:
        totals += (error**2).sum(axis=-1)
    return int(np.argmin(totals))
