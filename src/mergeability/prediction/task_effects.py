"""The additive part of a target: how much each task adds, whatever its partner."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mergeability.prediction.correlation import Floats

_RANK_TOLERANCE = 1e-10
_DETERMINED = 1e-9


class TaskTerms(NamedTuple):
    """One term per task that add up to a value per pair.

    `tasks` (tasks,) sorted, `terms` (tasks,), `fitted` and `leverage` (pairs,), `rank` of the
    design, in [0, tasks]: below the number of tasks, the pairs do not determine the terms.
    """

    tasks: NDArray[np.str_]
    terms: Floats
    fitted: Floats
    leverage: Floats
    rank: int


def fit_task_terms(tasks: NDArray[np.str_], values: Floats) -> TaskTerms:
    """Least squares of value(A, B) = s_A + s_B; `tasks` (pairs, 2), `values` (pairs,), finite.

    Where the pairs do not determine the terms (fewer than three tasks, or pairs that only link
    tasks of one half to tasks of the other), the solution of smallest norm: the fitted values are
    unique even then.
    """
    names, index = np.unique(tasks, return_inverse=True)
    design = np.zeros((len(values), len(names)))
    np.add.at(design, (np.arange(len(values))[:, None], index.reshape(tasks.shape)), 1.0)
    eigenvalues, eigenvectors = np.linalg.eigh(design.T @ design)
    kept = eigenvalues > _RANK_TOLERANCE * eigenvalues.max(initial=0.0)
    basis, scale = eigenvectors[:, kept], eigenvalues[kept]
    terms = basis @ ((basis.T @ (design.T @ values)) / scale)
    leverage = ((design @ basis) ** 2 / scale).sum(axis=1)
    return TaskTerms(names, terms, design @ terms, leverage, int(kept.sum()))


def foretell(tasks: NDArray[np.str_], values: Floats) -> Floats:
    """What the additive model fitted to all other pairs says of each pair: (pairs,).

    Unlike fitted values, these hold nothing of the pair's own interaction. NaN where the other
    pairs say nothing of one. Source: Allen, Technometrics 16, 1974:

        value - residual / (1 - leverage)
    """
    fit = fit_task_terms(tasks, values)
    free = 1 - fit.leverage
    foretold: Floats = values - (values - fit.fitted) / np.where(free > _DETERMINED, free, np.nan)
    return foretold


def partner_terms(tasks: NDArray[np.str_], values: Floats, held_out: str) -> Floats:
    """For each pair with the task `held_out`, the term of its partner; NaN for all other pairs.

    Fitted to the pairs without the held-out task, as a predictor might that knows single tasks
    only; NaN too for partners without such a pair.
    """
    seen = ~(tasks == held_out).any(axis=1)
    fit = fit_task_terms(tasks[seen], values[seen])
    terms = dict(zip(fit.tasks.tolist(), fit.terms.tolist(), strict=True))
    partners = np.where(tasks[:, 0] == held_out, tasks[:, 1], tasks[:, 0])
    known = np.array([terms.get(partner, np.nan) for partner in partners.tolist()])
    return np.where(seen, np.nan, known)
