"""A black box for comparison: kernel ridge regression with a Gaussian kernel."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import numpy as np
from scipy.spatial.distance import cdist

from mergeability.prediction.inner_selection import inner_errors, least_squared_error
from mergeability.prediction.problem import Fit, Floats, Pairs, Training
from mergeability.prediction.scaling import scale_by_training


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    widths: Annotated[tuple[float, ...], 1e-3] = (0.5, 1.0, 2.0, 4.0),
    alphas: Annotated[tuple[float, ...], 1e-9] = (0.001, 0.01, 0.1, 1.0, 10.0),
) -> list[Fit]:
    """Any smooth function of the metrics, fitted to the training pairs of every fold.

        prediction = mean y + k' (K + alpha I)^-1 (y - mean y)
        k(x, x') = exp(-||x - x'||^2 / (2 width^2 n metrics))

    for metrics scaled to [-1, 1] by the training pairs, n of which vary there; the mean of a
    Gaussian process with that kernel. Width and alpha are those of the least squared error when
    each training task in turn is left out of the training pairs (scaling included), of equals the
    largest alpha, then width. Scores are in units of the target. Source: Saunders, Gammerman and
    Vovk, Ridge Regression Learning Algorithm in Dual Variables, ICML 1998.
    """
    grid = _descending(widths), _descending(alphas)
    return [_fit_fold(pairs, fold, *grid) for fold in folds]


def _fit_fold(pairs: Pairs, fold: Training, widths: Floats, alphas: Floats) -> Fit:
    errors = inner_errors(pairs, fold, partial(_predict, widths=widths, alphas=alphas))
    chosen = least_squared_error(errors, len(alphas) * len(widths))
    row, column = divmod(chosen, len(widths))
    width, alpha = widths[[column]], alphas[[row]]
    (scores,) = _predict(pairs, fold, width, alpha)
    return Fit(scores, details={"width": float(width[0]), "alpha": float(alpha[0])})


def _predict(pairs: Pairs, training: Training, widths: Floats, alphas: Floats) -> Floats:
    """Predictions (alphas x widths flattened, pairs)."""
    mean = training.target.mean()
    distances = _squared_distances(pairs.metrics, training)
    inside = distances[training.rows]
    predicted = np.empty((len(alphas), len(widths), len(distances)))
    for column, width in enumerate(widths):
        values, basis = np.linalg.eigh(np.exp(-inside / (2 * width**2)))
        rotated = basis.T @ (training.target - mean) / (values + alphas[:, None])  # (alphas, train)
        kernel = np.exp(-distances / (2 * width**2)) @ basis  # (pairs, train)
        predicted[:, column] = mean + rotated @ kernel.T
    return predicted.reshape(-1, len(distances))


def _squared_distances(metrics: Floats, training: Training) -> Floats:
    """Mean squared distance per metric of all pairs to the training pairs: (pairs, train).

    Over the metrics that vary in training; 0 without any.
    """
    varying = np.ptp(metrics[training.rows], axis=0) > 0
    x = scale_by_training(metrics[:, varying], training.rows)
    return cdist(x, x[training.rows], "sqeuclidean") / max(1, x.shape[1])


def _descending(values: Sequence[float]) -> Floats:
    return np.sort(np.asarray(values, dtype=np.float64))[::-1]
