"""All pairs of a zoo of which some were merged: those measured, the others predicted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mergeability.prediction.fitting import fit_rows
from mergeability.prediction.problem import SINGLE_ACCURACIES

_COLUMNS = ["pair", "task_a", "task_b", "merger"]


def complete_pairs(
    table: pd.DataFrame,
    method: str,
    params: Mapping[str, Any],
    *,
    target: str,
    metrics: Sequence[str],
    seed: int,
    proxies: Sequence[str] = (),
) -> pd.DataFrame:
    """Every pair of one merger: `measured` or not, and the target with its interval.

    Columns: pair, task_a, task_b, merger, measured, `target`, low, high, sorted by pair. What was
    measured has no width. The others are predicted from all that was measured, by a method that
    gives intervals. Raises `ValueError` for other methods, and for pairs that lack a metric.
    """
    ordered = table.sort_values("pair", ignore_index=True)
    known = ordered[[*SINGLE_ACCURACIES, *metrics]].notna().all(axis=1)
    if not known.all():
        lacking = ", ".join(ordered["pair"][~known].head(3))
        raise ValueError(f"accuracies of checkpoints or metrics are missing of pairs: {lacking}")
    observed = ordered[target].to_numpy(dtype=np.float64)
    measured = np.isfinite(observed)
    (fit,) = fit_rows(ordered, {"all": measured}, method, params, target, metrics, seed, proxies)
    if fit.interval is None:
        raise ValueError(f"predictor {method!r} gives no intervals; name one that does")
    value, low, high = (
        np.where(measured, observed, predicted) for predicted in (fit.scores, *fit.interval)
    )
    return ordered[_COLUMNS].assign(measured=measured, **{target: value}, low=low, high=high)


def most_promising(completed: pd.DataFrame, target: str, count: int) -> list[str]:
    """The `count` pairs that are predicted best among those not measured; equals by their names."""
    others = completed[~completed["measured"]]
    ranked = others.sort_values([target, "pair"], ascending=[False, True])
    return sorted(ranked["pair"].head(count))


def confirm_pairs(
    completed: pd.DataFrame, merges: Sequence[Mapping[str, Any]], target: str
) -> pd.DataFrame:
    """`completed` with what merging some of its pairs gave in place of their predictions.

    `merges` are evaluations of merges; `predicted` keeps what was said of each pair before.
    """
    found = {merge["pair"]: merge["mean"][target] for merge in merges}
    confirmed = completed["pair"].map(found)
    value = confirmed.fillna(completed[target])
    new = confirmed.notna()
    return completed.assign(
        measured=completed["measured"] | new,
        predicted=completed[target].where(~completed["measured"]),
        **{target: value},
        low=completed["low"].where(~new, value),
        high=completed["high"].where(~new, value),
    )
