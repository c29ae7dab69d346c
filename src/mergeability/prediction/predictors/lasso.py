"""Lasso whose penalty is chosen without looking past the training pairs."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import numpy as np
from sklearn.linear_model import lasso_path as coordinate_descent

from mergeability.prediction.inner_selection import inner_errors, least_squared_error
from mergeability.prediction.problem import Fit, Floats, Pairs, Training
from mergeability.prediction.scaling import scale_by_training

LINEAR = True

_TOLERANCE = 1e-4
_MOST_ITERATIONS = 100_000


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    ratios: Annotated[tuple[float, ...], 1e-12] = (
        1.0, 0.4641588833612779, 0.2154434690031884, 0.1,
        0.046415888336127795, 0.021544346900318832, 0.01,
    ),
) -> list[Fit]:  # fmt: skip
    """Minimise ||y - b - X w||^2 / (2 n) + alpha ||w||_1 over the n training pairs of every fold.

    X holds the metrics scaled to [-1, 1] by the training pairs; the intercept b is not penalised.
    alpha = ratio alpha_max, where alpha_max is the least alpha for which w = 0, so that ratios
    mean the same for any target and for inner folds. The ratio is the one with the least squared
    error when each training task in turn is left out of the training pairs (scaling and alpha_max
    included), of equals the largest. Scores are in units of the target. Source: Tibshirani,
    J. Royal Statistical Society B 58, 1996.
    """
    ordered = np.sort(np.asarray(ratios, dtype=np.float64))[::-1]
    fits = []
    for fold in folds:
        errors = inner_errors(pairs, fold, partial(_predict, ratios=ordered))
        chosen = least_squared_error(errors, len(ordered))
        scaled = scale_by_training(pairs.metrics, fold.rows)
        # The whole path down to the chosen ratio, as in selection: each solution starts the next.
        weights, intercepts, largest = lasso_path(
            scaled[fold.rows], fold.target, ordered[: chosen + 1]
        )
        ratio, intercept = float(ordered[chosen]), float(intercepts[-1])
        details = {
            "ratio": ratio,
            "alpha": ratio * largest,
            "intercept": intercept,
            "nonzero": int(np.count_nonzero(weights[-1])),
        }
        fits.append(Fit(scaled @ weights[-1] + intercept, weights[-1], details))
    return fits


def lasso_path(x: Floats, y: Floats, ratios: Floats) -> tuple[Floats, Floats, float]:
    """Weights (ratios, metrics), intercepts (ratios,) and alpha_max = max |X'y| / n, centred.

    `ratios` descend. All weights are 0 where x or y is constant, and from ratio 1 on.
    """
    centred, residual = x - x.mean(axis=0), y - y.mean()
    cross = centred.T @ residual
    largest = float(np.abs(cross).max()) / len(y)
    weights = np.zeros((len(ratios), x.shape[1]))
    below = ratios < 1
    if np.ptp(y) > 0 and largest > 0 and below.any():
        _, path, _ = coordinate_descent(
            centred,
            residual,
            alphas=largest * ratios[below],
            precompute=centred.T @ centred,
            Xy=cross,
            tol=_TOLERANCE,
            max_iter=_MOST_ITERATIONS,
        )
        weights[below] = path.T
    return weights, y.mean() - weights @ x.mean(axis=0), largest


def _predict(pairs: Pairs, training: Training, ratios: Floats) -> Floats:
    """Predictions (ratios, pairs)."""
    scaled = scale_by_training(pairs.metrics, training.rows)
    weights, intercepts, _ = lasso_path(scaled[training.rows], training.target, ratios)
    predicted: Floats = weights @ scaled.T + intercepts[:, None]
    return predicted
