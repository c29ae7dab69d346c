"""Ridge regression whose penalty is chosen without looking past the training pairs."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import numpy as np

from mergeability.prediction.inner_selection import inner_errors, least_squared_error
from mergeability.prediction.problem import Fit, Floats, Pairs, Training
from mergeability.prediction.scaling import scale_by_training

LINEAR = True


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    alphas: Annotated[tuple[float, ...], 1e-12] = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4),
) -> list[Fit]:
    """Minimise ||y - b - X w||^2 + alpha ||w||^2 over the training pairs of every fold.

    X holds the metrics scaled to [-1, 1] by the training pairs; the intercept b is not penalised.
    `alpha` is the one with the least squared error when each training task in turn is left out of
    the training pairs (scaling included), of equals the largest. Scores are in units of the
    target. Source: Hoerl and Kennard, Technometrics 12, 1970.
    """
    ordered = np.sort(np.asarray(alphas, dtype=np.float64))[::-1]
    fits = []
    for fold in folds:
        errors = inner_errors(pairs, fold, partial(_predict, alphas=ordered))
        alpha = float(ordered[least_squared_error(errors, len(ordered))])
        scaled = scale_by_training(pairs.metrics, fold.rows)
        weights, intercepts = ridge_path(scaled[fold.rows], fold.target, np.array([alpha]))
        scores = scaled @ weights[0] + intercepts[0]
        fits.append(Fit(scores, weights[0], {"alpha": alpha, "intercept": float(intercepts[0])}))
    return fits


def ridge_path(x: Floats, y: Floats, alphas: Floats) -> tuple[Floats, Floats]:
    """Weights (alphas, metrics) and intercepts (alphas,) of ridge regression of y on x.

    With x - mean = U S V': w = V diag(s / (s^2 + alpha)) U' (y - mean), b = mean y - mean x . w.
    """
    left, singular, right = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    shrunk = singular / (singular**2 + alphas[:, None])
    weights = (shrunk * (left.T @ (y - y.mean()))) @ right
    return weights, y.mean() - weights @ x.mean(axis=0)


def _predict(pairs: Pairs, training: Training, alphas: Floats) -> Floats:
    """Predictions (alphas, pairs)."""
    scaled = scale_by_training(pairs.metrics, training.rows)
    weights, intercepts = ridge_path(scaled[training.rows], training.target, alphas)
    predicted: Floats = weights @ scaled.T + intercepts[:, None]
    return predicted
