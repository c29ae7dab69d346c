"""Predict sets from what shares no task with them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.prediction.predictors import fit_predictor
from mergeability.prediction.problem import Floats, Mask, Pairs, build_pairs, usable_rows
from mergeability.sets.features import pairs_of
from mergeability.sets.names import split_set

FEWEST_TRAINING = 3  # pairs or sets, below which nothing is fitted


class HeldOutScores(NamedTuple):
    """Scores of what lies within one held-out set, by name, and what they were learnt from."""

    scores: dict[str, float]
    train_mean: float  # of the target
    n_train: int


def disjoint(tasks: Any, name: str) -> Mask:
    """Which rows of `tasks` (rows, k) share no task with a set."""
    return np.asarray(~np.isin(tasks, split_set(name)).any(axis=1), dtype=np.bool_)


def score_pairs(
    table: pd.DataFrame,
    sets: Sequence[str],
    method: str,
    parameters: Mapping[str, Any],
    *,
    target: str,
    metrics: Sequence[str],
    seed: int,
) -> dict[str, HeldOutScores]:
    """Predict the pairs of each set, as if its tasks had never been merged with anything.

    `table` is the pairs table of one merger; `method` names the predictor's module. One fold per
    set: train on the pairs that share no task with it, predict the pairs inside. Scaling and the
    choice of penalties happen within the training pairs. Of 20 tasks, a set of 5 leaves 105 of 190
    pairs. Sets are missing in the result where a pair of theirs lacks a value, or where fewer than
    `FEWEST_TRAINING` pairs are left.
    """
    rows = table[usable_rows(table, target, metrics)].sort_values("pair", ignore_index=True)
    place = {pair: number for number, pair in enumerate(rows["pair"])}
    pairs = build_pairs(rows, metrics)
    known = [name for name in sets if all(pair in place for pair in pairs_of(name))]
    wanted = {name: [place[pair] for pair in pairs_of(name)] for name in known}
    observed = rows[target].to_numpy(dtype=np.float64)
    return _score(rows["pair"].tolist(), pairs, observed, wanted, method, parameters, seed)


def score_sets(
    table: pd.DataFrame,
    features: pd.DataFrame,
    method: str,
    parameters: Mapping[str, Any],
    *,
    target: str,
    seed: int,
) -> dict[str, HeldOutScores]:
    """Predict each set from its own features, learnt from sets that share no task with it.

    `table` holds merged sets of one size by one merger, `features` one row per set. Of 20 tasks, a
    set of 5 leaves about 19 % of the others. Sets with a missing feature are neither learnt from
    nor predicted.
    """
    matrix = features.loc[table["set"]].to_numpy(dtype=np.float64)
    usable = np.isfinite(matrix).all(axis=1)
    rows, matrix = table[usable].reset_index(drop=True), matrix[usable]
    if rows.empty:
        return {}
    tasks = np.array([split_set(name) for name in rows["set"]], dtype=np.str_)
    about = Pairs(tasks, np.full(tasks.shape, np.nan), matrix)
    wanted = {name: [number] for number, name in enumerate(rows["set"])}
    observed = rows[target].to_numpy(dtype=np.float64)
    return _score(rows["set"].tolist(), about, observed, wanted, method, parameters, seed)


def _score(
    names: Sequence[str],
    about: Pairs,
    observed: Floats,
    wanted: Mapping[str, Sequence[int]],
    method: str,
    parameters: Mapping[str, Any],
    seed: int,
) -> dict[str, HeldOutScores]:
    """Fit one fold per wanted set on the rows disjoint from it, and look up its wanted rows."""
    masks = {name: disjoint(about.tasks, name) for name in wanted}
    masks = {name: mask for name, mask in masks.items() if mask.sum() >= FEWEST_TRAINING}
    fits = fit_predictor(about, masks, observed, method, parameters, seed)
    return {
        name: HeldOutScores(
            {names[row]: float(fit.scores[row]) for row in wanted[name]},
            float(observed[mask].mean()),
            int(mask.sum()),
        )
        for (name, mask), fit in zip(masks.items(), fits, strict=True)
    }
