"""The predictor of the paper: a sparse linear score, fitted to correlate with the target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mergeability.prediction.problem import Fit, Floats, Pairs, Training
from mergeability.prediction.scaling import scale_by_training

_EPSILON = 1e-8
_INITIAL_SCALE = 0.1
_ADAM_DECAY_MEAN = 0.9
_ADAM_DECAY_SQUARE = 0.999


@dataclass(frozen=True)
class Moments:
    """All that Pearson's r of a linear score needs to know of each fold's training pairs.

    With X and y centred over the training pairs: `scatter` = X'X (folds, metrics, metrics),
    `cross` = X'y (folds, metrics), `target` = y'y (folds,).
    """

    scatter: Floats
    cross: Floats
    target: Floats


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    penalty: float,
    learning_rate: float,
    steps: int,
    patience: int,
    tolerance: float,
    cut: float,
) -> list[Fit]:
    """Minimise -r(X w, y) + penalty ||w||_1 over the training pairs of every fold, by Adam.

    X holds the metrics scaled to [-1, 1] by the training pairs. Each fold starts from its own
    w ~ N(0, 0.1^2) and keeps its last, not its best, weights; then |w| < `cut` becomes 0. The
    scores X w rank the pairs of a fold; their scale and origin mean nothing.

    Source: arXiv 2601.22285, section 4. Its text gives 1000 steps, patience 50 and tolerance 1e-4;
    its published numbers came from 2000, 100 and 1e-5 with penalty 1, the defaults here. Since r
    does not depend on the length of w, the penalised loss has no minimum (its infimum lies at
    w -> 0): the penalty acts through the path of the optimiser, and the result depends on the
    learning rate, on the start, and chaotically so. On the published measurements the validation r
    of a merger has a standard deviation of 0.01 to 0.03 over starts, and a relative change of the
    start by 1e-15 moves it by up to 0.04.
    """
    scaled = [scale_by_training(pairs.metrics, fold.rows) for fold in folds]
    moments = training_moments(scaled, folds)
    n_metrics = pairs.metrics.shape[1]
    start = _INITIAL_SCALE * np.stack(
        [np.random.default_rng(fold.seed).standard_normal(n_metrics) for fold in folds]
    )
    weights, taken = _descend(
        moments,
        start,
        penalty,
        learning_rate=learning_rate,
        steps=steps,
        patience=patience,
        tolerance=tolerance,
    )
    weights[np.abs(weights) < cut] = 0.0
    return [
        Fit(
            np.einsum("pm,m->p", matrix, w),
            w,
            {"steps": int(n), "nonzero": int(np.count_nonzero(w))},
        )
        for matrix, w, n in zip(scaled, weights, taken, strict=True)
    ]


def training_moments(scaled: Sequence[Floats], folds: Sequence[Training]) -> Moments:
    """Second moments of scaled metrics (pairs, metrics) and targets over each fold's training."""
    # einsum, here and below, because the rounding of BLAS depends on its number of threads, and
    # the last steps of the descent, which jump across w = 0, magnify differences in rounding.
    scatter, cross, target = [], [], []
    for matrix, fold in zip(scaled, folds, strict=True):
        x = matrix[fold.rows] - matrix[fold.rows].mean(axis=0)
        y = fold.target - fold.target.mean()
        scatter.append(np.einsum("pi,pj->ij", x, x))
        cross.append(np.einsum("pi,p->i", x, y))
        target.append(np.einsum("p,p->", y, y))
    return Moments(np.stack(scatter), np.stack(cross), np.asarray(target))


def loss_and_gradient(moments: Moments, weights: Floats, penalty: float) -> tuple[Floats, Floats]:
    """Loss (folds,) and its gradient (folds, metrics) at `weights` (folds, metrics).

        loss = -a / (d + 1e-8) + penalty ||w||_1,   a = w'X'y,   d = sqrt(w'X'Xw y'y)

    The 1e-8 is the published guard against a constant score. There d = 0 and the score carries
    no direction; r then contributes its numerator alone to the gradient.
    """
    image = np.einsum("fij,fj->fi", moments.scatter, weights)  # X'Xw: (folds, metrics)
    a = (weights * moments.cross).sum(axis=1)
    square = np.maximum((weights * image).sum(axis=1) * moments.target, 0.0)
    d = np.sqrt(square)
    guarded = d + _EPSILON
    loss = -a / guarded + penalty * np.abs(weights).sum(axis=1)
    bend = a * moments.target / (guarded**2 * np.where(d > 0, d, 1.0))
    gradient = bend[:, None] * image - moments.cross / guarded[:, None] + penalty * np.sign(weights)
    return loss, gradient


def _descend(
    moments: Moments,
    start: Floats,
    penalty: float,
    *,
    learning_rate: float,
    steps: int,
    patience: int,
    tolerance: float,
) -> tuple[Floats, Floats]:
    """Adam (Kingma and Ba, arXiv 1412.6980) on all folds at once.

    A fold stops, and its weights freeze, once its loss has not fallen more than `tolerance` below
    its best for `patience` steps in a row. Returns the weights and the steps each fold took.
    """
    weights = start.copy()
    mean = np.zeros_like(weights)
    square = np.zeros_like(weights)
    best = np.full(len(weights), np.inf)
    waited = np.zeros(len(weights))
    taken = np.zeros(len(weights))
    for step in range(1, steps + 1):
        loss, gradient = loss_and_gradient(moments, weights, penalty)
        mean += (1 - _ADAM_DECAY_MEAN) * (gradient - mean)
        square += (1 - _ADAM_DECAY_SQUARE) * (gradient**2 - square)
        move = mean / (1 - _ADAM_DECAY_MEAN**step)
        move /= np.sqrt(square / (1 - _ADAM_DECAY_SQUARE**step)) + _EPSILON
        active = waited < patience
        weights[active] -= learning_rate * move[active]
        taken[active] = step
        progressed = loss < best - tolerance
        best = np.where(progressed, loss, best)
        waited = np.where(progressed & active, 0, waited + 1)
        if (waited >= patience).all():
            break
    return weights, taken
