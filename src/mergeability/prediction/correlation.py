"""Pearson and Spearman correlation with one meaning of "undefined" throughout."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MINIMUM_POINTS = 3
_CONSTANT = 1e-13
_EXPLAINED = 1e-9


def pearson(x: Floats, y: Floats) -> float:
    """Pearson's r = <x - mean x, y - mean y> / (||x - mean x|| ||y - mean y||), in [-1, 1].

    NaN where it is undefined or empty of meaning: fewer than three points (two always give +-1),
    or a variable that is constant up to rounding.
    """
    if len(x) < MINIMUM_POINTS:
        return float("nan")
    norms = []
    centred = []
    for values in (x, y):
        deviations = values - values.mean()
        norm = _length(deviations)
        if norm <= _CONSTANT * _length(values):
            return float("nan")
        norms.append(norm)
        centred.append(deviations / norm)
    return float(np.clip(np.sum(centred[0] * centred[1]), -1.0, 1.0))


def _length(values: Floats) -> float:
    return float(np.sqrt(np.sum(values**2)))


def spearman(x: Floats, y: Floats) -> float:
    """Pearson's r of the ranks, ties sharing their mean rank; NaN as for `pearson`."""
    return pearson(_ranks(x), _ranks(y))


def _ranks(values: Floats) -> Floats:
    # pandas is there anyway; importing scipy.stats takes longer than most fits.
    return np.asarray(pd.Series(values).rank(), np.float64)


def partial_pearson(x: Floats, y: Floats, given: Floats) -> float:
    """Correlation of x and y once both are freed of a third variable by linear regression.

        (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2) (1 - r_yz^2))

    Over the points where the third variable is not NaN. Pearson's r where it is constant; NaN
    where r is undefined, with fewer than four points, or where it explains x or y completely.
    """
    known = np.isfinite(given)
    x, y, given = x[known], y[known], given[known]
    direct, x_given, y_given = pearson(x, y), pearson(x, given), pearson(y, given)
    if np.isnan(direct) or (np.isnan(x_given) and np.isnan(y_given)):
        return direct
    left = (1 - x_given**2) * (1 - y_given**2)
    if len(x) <= MINIMUM_POINTS or not left > _EXPLAINED:
        return float("nan")
    return float(np.clip((direct - x_given * y_given) / np.sqrt(left), -1.0, 1.0))


def or_none(value: float) -> float | None:
    """`value`, with NaN as None: JSON knows no NaN."""
    return None if np.isnan(value) else value
