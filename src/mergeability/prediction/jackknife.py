"""Intervals for statistics of pairs, which are dependent because pairs share tasks."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]


def leave_out_tasks(
    tasks: NDArray[np.str_], statistics: Callable[[NDArray[np.bool_]], Floats]
) -> list[Floats]:
    """Statistics of pairs without each task in turn, tasks sorted by name.

    `statistics` maps a mask of the rows of `tasks` (pairs, 2) to values (statistics,).
    """
    return [statistics(~(tasks == task).any(axis=1)) for task in np.unique(tasks)]


def jackknife_interval(
    estimate: Floats, left_out: Floats, confidence: float = 0.95, limit: float | Floats = 1.0
) -> tuple[Floats, Floats]:
    """Confidence intervals of correlations from what they become when each task is left out.

    `estimate` (statistics,) holds the correlations on all tasks, `left_out` (tasks, statistics)
    those without task i. The task is the unit because the n(n-1)/2 pairs are not independent
    while the n tasks may be.

        se^2 = (n - 1) / n  sum_i (left_out_i - mean left_out)^2
        interval = estimate +- t(n - 1) se, cut to [-limit, limit]

    with t(n - 1) the quantile of Student's distribution, and `limit` 1 for correlations, 2 for
    differences of two. Returns both ends, each (statistics,); NaN where the statistic is undefined
    without some task. The estimate of se is biased upward (Efron and Stein, Annals of Statistics
    9, 1981): intervals err on the wide side.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, equation 11.5.
    """
    n = len(left_out)
    error = np.sqrt((n - 1) * left_out.var(axis=0))
    reach = stdtrit(n - 1, (1 + confidence) / 2) * error
    return np.maximum(estimate - reach, -limit), np.minimum(estimate + reach, limit)
