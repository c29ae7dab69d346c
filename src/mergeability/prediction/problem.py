"""What predictors are given and what they give back; see `mergeability.prediction.predictors`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# The share of pairs that intervals of predictions are meant to hold.
CONFIDENCE = 0.9

# Their names tell config validation what is allowed.
Count = int  # at least 1
Fraction = float  # within [0, 1]

SINGLE_ACCURACIES = ["accuracy_single_a", "accuracy_single_b"]


@dataclass(frozen=True)
class Pairs:
    """The pairs of one merger, without their targets.

    `tasks` (pairs, 2), `single_accuracy` (pairs, 2), `metrics` (pairs, metrics), the last with no
    columns for predictors that use none. `proxies` (pairs, 2, proxies): what merging left of each
    task in other zoos, in units of the target, NaN where unknown.
    """

    tasks: NDArray[np.str_]
    single_accuracy: Floats
    metrics: Floats
    proxies: Floats = field(default_factory=lambda: np.empty((0, 2, 0)))


@dataclass(frozen=True)
class Training:
    """What one fold may learn from: a mask (pairs,) and the targets of the pairs it selects.

    `directions` (selected, 2): what the target says of each task, where methods look at it.
    """

    rows: Mask
    target: Floats
    seed: int
    directions: Floats = field(default_factory=lambda: np.empty((0, 2)))


@dataclass(frozen=True)
class Fit:
    """One fitted fold: a score for every pair (pairs,), coefficients (metrics,) where it has any.

    `details` is JSON-ready: what the fit chose and how it went. `interval`: both ends (pairs,) of
    what holds CONFIDENCE of the pairs, from methods that say so.
    """

    scores: Floats
    coefficients: Floats | None = None
    details: dict[str, Any] = field(default_factory=dict)
    interval: tuple[Floats, Floats] | None = None


def usable_rows(
    table: pd.DataFrame, target: str, metrics: Sequence[str], only: Collection[str] | None = None
) -> Mask:
    """Which rows (pairs,) of one merger's pairs table have all that a predictor needs.

    A row is unusable where the target, a fine-tuned accuracy or one of `metrics` is missing, or
    where its pair is not in `only`, if that is given.
    Raises `ValueError` where columns are missing, pairs repeat or no row is usable.
    """
    needed = [*SINGLE_ACCURACIES, target, *metrics]
    if absent := sorted(set(needed) - set(table.columns)):
        raise ValueError(f"the pairs table lacks the columns {absent}")
    if repeated := sorted(set(table["pair"][table["pair"].duplicated()])):
        raise ValueError(f"the pairs table of one merger repeats the pairs {repeated}")
    values = table[needed].to_numpy(dtype=np.float64)
    usable: Mask = np.isfinite(values).all(axis=1)
    if not usable.any():
        empty = table[needed].columns[~np.isfinite(values).any(axis=0)].tolist()
        raise ValueError(f"no pair of {len(table)} is complete; columns without any value: {empty}")
    return usable if only is None else usable & table["pair"].isin(only).to_numpy()


def build_pairs(
    usable: pd.DataFrame, metrics: Sequence[str], proxies: Floats | None = None
) -> Pairs:
    """The arrays behind usable rows, in their order."""
    unknown = np.empty((len(usable), 2, 0))
    return Pairs(
        tasks=usable[["task_a", "task_b"]].to_numpy(dtype=np.str_),
        single_accuracy=usable[SINGLE_ACCURACIES].to_numpy(dtype=np.float64),
        metrics=usable[list(metrics)].to_numpy(dtype=np.float64),
        proxies=unknown if proxies is None else proxies,
    )
