"""Ridge regression whose penalty is chosen without looking past the training pairs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mergeability.prediction.problem import Fit, Floats, Pairs, Training
from mergeability.prediction.protocols import loto
from mergeability.prediction.scaling import scale_by_training


def fit(pairs: Pairs, folds: Sequence[Training], *, alphas: Sequence[float]) -> list[Fit]:
    """Minimise ||y - b - X w||^2 + alpha ||w||^2 over the training pairs of every fold.

    X holds the metrics scaled to [-1, 1] by the training pairs; the intercept b is not penalised.
    `alpha` is the one with the least squared error when each training task in turn is left out of
    the training pairs (scaling included), of equals the largest. Scores are in units of the
    target. Source: Hoerl and Kennard, Technometrics 12, 1970.
    """
    ordered = np.sort(np.asarray(alphas, dtype=np.float64))[::-1]
    fits = []
    for fold in folds:
        alpha = _choose_alpha(pairs, fold, ordered)
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


def _choose_alpha(pairs: Pairs, fold: Training, alphas: Floats) -> float:
    """The alpha with the least squared error over inner leave-one-task-out folds."""
    metrics, tasks = pairs.metrics[fold.rows], pairs.tasks[fold.rows]
    errors = np.zeros(len(alphas))
    for inner in loto(tasks, np.unique(tasks).tolist()):
        if inner.train.any():
            errors += _squared_errors(metrics, fold.target, inner.train, alphas)
    return float(alphas[np.argmin(errors)])


def _squared_errors(
    metrics: Floats, target: Floats, train: NDArray[np.bool_], alphas: Floats
) -> Floats:
    """Sum of squared errors on the rows outside `train`, per alpha."""
    scaled = scale_by_training(metrics, train)
    weights, intercepts = ridge_path(scaled[train], target[train], alphas)
    predicted = weights @ scaled[~train].T + intercepts[:, None]  # (alphas, held-out pairs)
    errors: Floats = ((predicted - target[~train]) ** 2).sum(axis=1)
    return errors
