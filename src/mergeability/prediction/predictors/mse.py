"""A linear prediction of least squared error, fitted like the published predictor."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import numpy as np

from mergeability.prediction.adam import descend, random_start
from mergeability.prediction.moments import Moments, training_moments
from mergeability.prediction.problem import Count, Fit, Floats, Pairs, Training
from mergeability.prediction.scaling import scale_by_training

LINEAR = True


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    learning_rate: Annotated[float, 0] = 0.01,
    steps: Count = 2000,
    patience: Count = 100,
    tolerance: Annotated[float, 0] = 1e-5,
) -> list[Fit]:
    """Minimise the mean of (y - b - X w)^2 over the training pairs of every fold, by Adam.

    X holds the metrics scaled to [-1, 1] by the training pairs; starts and stopping rule are those
    of `pearson_l1`. The descent runs on centred metrics, for which the best intercept is the
    training mean whatever w, and on the target in units of its standard deviation: `tolerance` is
    relative to the training variance, and predictions follow any change of unit of the target.
    Metrics that are constant in training get the coefficient 0, and all where the target is
    constant. Scores are in units of the target.

    Source: the loss of arXiv 2601.22285, Tables 11 and 12. The published script of that loss has
    no intercept, rescales the coefficients to a sum of 1 before each step, scales the metrics by
    all pairs and stops early on the held-out error: its numbers are no reference for this fit.
    """
    scaled = [scale_by_training(pairs.metrics, fold.rows) for fold in folds]
    moments = training_moments(scaled, folds)
    counts = np.array([len(fold.target) for fold in folds], dtype=np.float64)
    deviations = np.sqrt(moments.target / counts)
    weights, taken = descend(
        partial(loss_and_gradient, moments, counts),
        random_start(folds, pairs.metrics.shape[1]),
        learning_rate=learning_rate,
        steps=steps,
        patience=patience,
        tolerance=tolerance,
    )
    weights[moments.undetermined] = 0.0
    coefficients = deviations[:, None] * weights
    fits = []
    for matrix, fold, w, n in zip(scaled, folds, coefficients, taken, strict=True):
        intercept = float(fold.target.mean() - matrix[fold.rows].mean(axis=0) @ w)
        fits.append(Fit(intercept + matrix @ w, w, {"steps": int(n), "intercept": intercept}))
    return fits


def loss_and_gradient(moments: Moments, counts: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean squared error (folds,) over the training variance, and its gradient (folds, metrics).

        loss = 1 - 2 w'X'y / (n s) + w'X'Xw / n,   s^2 = y'y / n

    for centred X and y, `counts` n (folds,) and `weights` w (folds, metrics) in units of the
    target's standard deviation s. Where s = 0 it counts as 1; X'y is 0 there.
    """
    deviations = np.sqrt(np.where(moments.target > 0, moments.target / counts, 1.0))
    pull = moments.cross / (counts * deviations)[:, None]
    image = np.einsum("fij,fj->fi", moments.scatter, weights) / counts[:, None]
    loss = 1 - 2 * (weights * pull).sum(axis=1) + (weights * image).sum(axis=1)
    return loss, 2 * (image - pull)
