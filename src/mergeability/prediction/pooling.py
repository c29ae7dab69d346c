"""Learning from the pairs of several zoos at once, for tasks that nobody has measured."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mergeability.prediction.predictors import fit_predictor
from mergeability.prediction.problem import Fit, Floats, Mask, build_pairs, usable_rows

_TASKS = ["task_a", "task_b"]


def fit_pooled(
    rows: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    training: Mapping[str, Mask],
    unseen: Mapping[str, Collection[str]],
    method: str,
    params: Mapping[str, Any],
    *,
    target: str,
    metrics: Sequence[str],
    seed: int,
) -> list[Fit]:
    """Fit a predictor to `rows` of a zoo and to the pairs tables `others` of other zoos together.

    `training` maps each fold to the rows (rows,) that it learns from, `unseen` to the tasks that it
    must not know: no pair with one of them counts in any zoo. So that a number means the same in
    all zoos, metrics are taken in standard deviations over the pairs of their own zoo (they are
    known before any merge), and targets in standard deviations over the training pairs of their
    zoo. Scores and coefficients are returned in units of the target in the zoo of `rows`; what a
    fit says of itself remains in standard deviations.

    Raises `ValueError` where a table lacks a column or has no usable pair.
    """
    pooled = [rows, *(_usable(others[name], name, target, metrics) for name in sorted(others))]
    zoo = np.repeat(np.arange(len(pooled)), list(map(len, pooled)))
    columns = [*_TASKS, "accuracy_single_a", "accuracy_single_b", target, *metrics]
    table = pd.concat([part[columns] for part in pooled], ignore_index=True)
    observed = table[target].to_numpy(dtype=np.float64)
    everything = np.ones(len(table), dtype=np.bool_)
    for metric in metrics:
        table[metric] = _standardise(table[metric].to_numpy(dtype=np.float64), zoo, everything)[0]
    pairs = build_pairs(table, metrics)
    fits = []
    for name, mask in training.items():
        known: Mask = ~np.any(np.isin(pairs.tasks, sorted(unseen[name])), axis=1)
        known[: len(rows)] = mask
        standardised, level, spread = _standardise(observed, zoo, known)
        (fit,) = fit_predictor(pairs, {name: known}, standardised, method, params, seed)
        scores = level + spread * fit.scores[: len(rows)]
        weights = None if fit.coefficients is None else spread * fit.coefficients
        fits.append(replace(fit, scores=scores, coefficients=weights))
    return fits


def _usable(table: pd.DataFrame, zoo: str, target: str, metrics: Sequence[str]) -> pd.DataFrame:
    ordered = table.sort_values("pair", ignore_index=True)
    try:
        return ordered[usable_rows(ordered, target, metrics)]
    except ValueError as error:
        raise ValueError(f"zoo {zoo!r}: {error}") from error


def _standardise(values: Floats, zoo: Any, known: Mask) -> tuple[Floats, float, float]:
    """Values in standard deviations over the known rows of their zoo, and mean and deviation of
    the first zoo. A zoo without variance is only centred."""
    standardised = np.zeros_like(values)
    scales = []
    for number in np.unique(zoo):
        own = values[(zoo == number) & known]
        level = float(own.mean()) if len(own) else 0.0
        spread = float(own.std()) if len(own) and np.ptp(own) > 0 else 1.0
        standardised[zoo == number] = (values[zoo == number] - level) / spread
        scales.append((level, spread))
    return standardised, *scales[0]
