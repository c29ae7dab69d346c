"""Predictors: each module `predictors/<method>.py` defines one function

    fit(pairs: Pairs, folds: Sequence[Training], *, <parameters>) -> list[Fit]

that fits all folds together and gives one `Fit` for each, in their order (see
`mergeability.prediction.problem`). Targets reach it only through `Training`, so that held-out
targets cannot leak into a fit. Random methods draw from the `seed` of each `Training`. Its keyword
parameters, with their types and defaults, are the keys that a config entry of this method may set;
`Annotated[float, 0]` is a number that is not below 0. Constants say what rules, configs and figures
must know, where a method is not as most are, and are read without importing the module:

    LOOKS_AT = "one metric"  the column that the entry names; "no metric" for baselines without
                             metrics; "merge" for references that merge the pair and test it on a
                             few labelled samples; "directions" for what the target says of
                             each task, in this zoo and in its proxies, and metrics where the entry
                             names families; otherwise the metrics of some families
    RANKS_ONLY = True        scores order the pairs of one fold, but are not in units of the target
    LINEAR = True            there is one coefficient per metric
    WITHOUT_TRAINING = True  it can score pairs before any was merged

A function `problem(*, <some parameters>)` says why these cannot work (see `mergeability.mergers`).
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from mergeability.naming import stable_seed
from mergeability.prediction.problem import Fit, Floats, Mask, Pairs, Training


def fit_predictor(
    pairs: Pairs,
    training: Mapping[str, Mask],
    observed: Floats,
    method: str,
    parameters: Mapping[str, Any],
    seed: int,
    directions: Floats | None = None,
) -> list[Fit]:
    """Fit the predictor `method` once per fold; one result per fold, in their order.

    `training` maps the name of each fold to the pairs (pairs,) that it learns from, `observed`
    holds the targets (pairs,), of which only those are read; likewise `directions` (pairs, 2), what
    the target says of each task, for methods that look at it. Seeds come from `seed`, the method
    and the name of the fold.

    Raises `ValueError` where the method returns something else than a score of each pair per fold.
    """
    of_each = np.empty((len(pairs.tasks), 0)) if directions is None else directions
    folds = [
        Training(mask, observed[mask], stable_seed(method, name, seed), of_each[mask])
        for name, mask in training.items()
    ]
    module = import_module(f"{__name__}.{method}")
    fits: list[Fit] = module.fit(pairs, folds, **parameters) if folds else []
    if [fit.scores.shape for fit in fits] != [(len(pairs.tasks),)] * len(folds):
        raise ValueError(f"predictor {method!r} must give one Fit per fold, with a score per pair")
    return fits
