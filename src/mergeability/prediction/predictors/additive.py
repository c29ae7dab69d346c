"""Effects of both tasks plus metrics: do metrics say more than how well each task merges?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mergeability.prediction.inner_selection import inner_errors, least_squared_error
from mergeability.prediction.problem import Fit, Floats, Pairs, Training
from mergeability.prediction.scaling import scale_by_training

LINEAR = True

Chooser = Callable[[Sequence[Floats], int, int], int]


@dataclass(frozen=True)
class Solutions:
    """Fits for a grid of penalties: task penalties along T, metric penalties along M.

    `intercepts` (T, M), `effects` (T, M, tasks), `weights` (T, M, metrics).
    """

    intercepts: Floats
    effects: Floats
    weights: Floats


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    task_penalties: Annotated[tuple[float, ...], 1e-12] = (0.01, 0.1, 1.0, 10.0, 100.0),
    metric_penalties: Annotated[tuple[float, ...], 1e-12] = (0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4),
) -> list[Fit]:
    """Task effects plus metrics over the training pairs of every fold, by ridge regression.

        y(A, B) = mu + a_A + a_B + x_AB . w,   minimise
        sum over pairs of (y - prediction)^2 + task penalty ||a||^2 + metric penalty ||w||^2

    x_AB holds the metrics scaled to [-1, 1] by the training pairs; mu is not penalised; a task not
    seen in training has the effect 0. Infinity joins both grids: no task effects (plain ridge
    regression) and no metrics (pure task effects, which rank like `partner_mean` where all pairs
    of tasks are present).

    Both penalties are chosen by leaving each training task in turn out of the training pairs,
    scaling included. What the choice must get right depends on what is known of a pair:

    - A task of the pair was seen: the effect of the unseen one shifts all its pairs alike and is
      out of reach, so errors count after removing their mean over the inner fold. Of the metric
      penalties that are within one standard error of the best, the largest is taken (Breiman et
      al., Classification and Regression Trees, 1984), so that metrics enter only where they
      clearly add to task effects; then the task penalty of the least error. The standard error is
      that of the difference from the best over inner folds.
    - No task was seen: only mu + x . w is left, so that is what is compared with the target, by
      plain squared error. There are no task effects to protect, hence no standard error.

    Of equals the strongest penalties win, and they do without any inner fold to choose by, which
    gives the training mean. Coefficients are the w of the first case. Details give intercept,
    penalties (null for infinity), the first case's effects by task, and the second case's w. Scores
    are in units of the target. Source: random effects of both members of a pair as in Griffing,
    Australian J. Biological Sciences 9, 1956; the two penalties are the ratios of variances.
    """
    return fit_with(strongest_within_one_error, pairs, folds, task_penalties, metric_penalties)


def fit_with(
    choose: Chooser,
    pairs: Pairs,
    folds: Sequence[Training],
    task_penalties: Sequence[float],
    metric_penalties: Sequence[float],
) -> list[Fit]:
    """The fits of `fit`, with `choose` in place of the rule for pairs of which a task was seen.

    `choose` maps errors (see `strongest_within_one_error`) and the numbers of task and metric
    penalties to the place of a candidate.
    """
    grids = _descending(task_penalties), _descending(metric_penalties)
    return [_fit_fold(pairs, fold, *grids, choose) for fold in folds]


def solve(x: Floats, z: Floats, y: Floats, task: Floats, metric: Floats) -> Solutions:
    """Minimise ||y - mu - Z a - X w||^2 + task ||a||^2 + metric ||w||^2 for all pairs of penalties.

    X (pairs, metrics), Z (pairs, tasks), y (pairs,), penalties (T,) and (M,), positive or infinite.
    With X, Z, y centred and P = I - Z (Z'Z + task I)^-1 Z', which removes the task effects:
    w = (X'PX + metric I)^-1 X'Py and a = (Z'Z + task I)^-1 Z'(y - X w). One eigendecomposition of
    Z'Z, and one of X'PX per task penalty, serve all penalties.
    """
    x_mean, z_mean, y_mean = x.mean(axis=0), z.mean(axis=0), y.mean()
    x, z, y = x - x_mean, z - z_mean, y - y_mean
    values, basis = np.linalg.eigh(z.T @ z)
    inverse = 1 / (np.maximum(values, 0.0) + task[:, None])  # (T, tasks)
    z_x, z_y = basis.T @ (z.T @ x), basis.T @ (z.T @ y)
    scatter = x.T @ x - (z_x.T * inverse[:, None]) @ z_x  # X'PX: (T, metrics, metrics)
    cross = x.T @ y - (inverse * z_y) @ z_x  # X'Py: (T, metrics)

    values, vectors = np.linalg.eigh(scatter)
    shrinkage = 1 / (np.maximum(values, 0.0)[:, None] + metric[:, None])  # (T, M, metrics)
    rotated = cross[:, None] @ vectors  # (T, 1, metrics)
    weights = (shrinkage * rotated) @ vectors.transpose(0, 2, 1)
    effects = (inverse[:, None] * (z_y - weights @ z_x.T)) @ basis.T
    return Solutions(y_mean - weights @ x_mean - effects @ z_mean, effects, weights)


def strongest_within_one_error(errors: Sequence[Floats], n_task: int, n_metric: int) -> int:
    """The candidate for pairs with a seen task; see `fit`.

    `errors` of inner folds (candidates, held-out pairs), candidates along (T, M) flattened, each
    from the strongest penalty to the weakest.
    """
    if not errors:
        return 0
    sums = np.stack([error.var(axis=1) * error.shape[1] for error in errors])
    totals = sums.sum(axis=0)
    excess = sums - sums[:, [np.argmin(totals)]]
    # Of a sum of n equal terms, sd sqrt(n) is the standard error; one term has none.
    deviation = excess.std(axis=0, ddof=1) if len(sums) > 1 else np.zeros_like(totals)
    admissible = (excess.sum(axis=0) <= deviation * np.sqrt(len(sums))).reshape(n_task, n_metric)
    column = int(np.argmax(admissible.any(axis=0)))
    eligible = np.where(admissible[:, column], totals.reshape(n_task, n_metric)[:, column], np.inf)
    return int(np.argmin(eligible)) * n_metric + column


def _fit_fold(pairs: Pairs, fold: Training, task: Floats, metric: Floats, choose: Chooser) -> Fit:
    errors = inner_errors(pairs, fold, partial(_predict, task=task, metric=metric))
    n_candidates = len(task) * len(metric)
    seen = choose([error[0] for error in errors], len(task), len(metric))
    unseen = least_squared_error([error[1] for error in errors], n_candidates)

    x = scale_by_training(pairs.metrics, fold.rows)
    names = np.unique(pairs.tasks[fold.rows])
    z = _incidence(pairs.tasks, names)
    solutions = solve(x[fold.rows], z[fold.rows], fold.target, task, metric)
    scores = np.where(
        z.any(axis=1), _scores(solutions, x, z)[seen], _scores(solutions, x, 0 * z)[unseen]
    )
    details = {
        "seen": _describe(solutions, seen, task, metric),
        "unseen": _describe(solutions, unseen, task, metric),
    }
    effects = solutions.effects.reshape(n_candidates, -1)[seen]
    details["seen"]["task_effects"] = dict(zip(names.tolist(), effects.tolist(), strict=True))
    weights = solutions.weights.reshape(n_candidates, -1)
    details["unseen"]["coefficients"] = weights[unseen].tolist()
    return Fit(scores, weights[seen], details)


def _describe(solutions: Solutions, chosen: int, task: Floats, metric: Floats) -> dict[str, Any]:
    row, column = divmod(chosen, len(metric))
    return {
        "task_penalty": _finite_or_none(task[row]),
        "metric_penalty": _finite_or_none(metric[column]),
        "intercept": float(solutions.intercepts[row, column]),
    }


def _finite_or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _predict(pairs: Pairs, training: Training, task: Floats, metric: Floats) -> Floats:
    """Predictions (2, candidates, pairs): with the effects of seen tasks, and without effects."""
    x = scale_by_training(pairs.metrics, training.rows)
    z = _incidence(pairs.tasks, np.unique(pairs.tasks[training.rows]))
    solutions = solve(x[training.rows], z[training.rows], training.target, task, metric)
    return np.stack([_scores(solutions, x, z), _scores(solutions, x, 0 * z)])


def _scores(solutions: Solutions, x: Floats, z: Floats) -> Floats:
    """Predictions (candidates, pairs)."""
    scores = solutions.intercepts[..., None] + solutions.effects @ z.T + solutions.weights @ x.T
    flat: Floats = scores.reshape(-1, len(x))
    return flat


def _incidence(tasks: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    """Which of `names` a pair contains: (pairs, names), 0 or 1."""
    incidence: Floats = (tasks[:, :, None] == names).any(axis=1).astype(np.float64)
    return incidence


def _descending(penalties: Sequence[float]) -> Floats:
    return np.sort(np.array([np.inf, *penalties], dtype=np.float64))[::-1]
