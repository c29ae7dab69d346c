"""Adam on all folds at once, for predictors without a solution in closed form."""

from collections.abc import Callable, Sequence

import numpy as np

from mergeability.prediction.problem import Floats, Training

_EPSILON = 1e-8
_INITIAL_SCALE = 0.1
_DECAY_MEAN = 0.9
_DECAY_SQUARE = 0.999


def random_start(folds: Sequence[Training], n_metrics: int) -> Floats:
    """Coefficients ~ N(0, 0.1^2) of shape (folds, metrics), each fold's from its own seed."""
    return _INITIAL_SCALE * np.stack(
        [np.random.default_rng(fold.seed).standard_normal(n_metrics) for fold in folds]
    )


def descend(
    loss_and_gradient: Callable[[Floats], tuple[Floats, Floats]],
    start: Floats,
    *,
    learning_rate: float,
    steps: int,
    patience: int,
    tolerance: float,
) -> tuple[Floats, Floats]:
    """Adam (Kingma and Ba, arXiv 1412.6980) from `start` (folds, weights).

    `loss_and_gradient` maps weights (folds, weights) to losses (folds,) and gradients
    (folds, weights). A fold stops, and its weights freeze, once its loss has not fallen more than
    `tolerance` below its best for `patience` steps in a row. Returns the last, not the best,
    weights and the steps each fold took.
    """
    weights = start.copy()
    mean = np.zeros_like(weights)
    square = np.zeros_like(weights)
    best = np.full(len(weights), np.inf)
    waited = np.zeros(len(weights))
    taken = np.zeros(len(weights))
    for step in range(1, steps + 1):
        loss, gradient = loss_and_gradient(weights)
        mean += (1 - _DECAY_MEAN) * (gradient - mean)
        square += (1 - _DECAY_SQUARE) * (gradient**2 - square)
        move = mean / (1 - _DECAY_MEAN**step)
        move /= np.sqrt(square / (1 - _DECAY_SQUARE**step)) + _EPSILON
        active = waited < patience
        weights[active] -= learning_rate * move[active]
        taken[active] = step
        progressed = loss < best - tolerance
        best = np.where(progressed, loss, best)
        waited = np.where(progressed & active, 0, waited + 1)
        if (waited >= patience).all():
            break
    return weights, taken
