"""Predict pairs of tasks that were never seen, with intervals, and measure how often these hold."""

from collections.abc import Iterator, Mapping, Sequence
from math import floor
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.naming import stable_seed
from mergeability.prediction.correlation import Floats
from mergeability.prediction.fitting import FoldResult
from mergeability.prediction.predictors import fit_predictor
from mergeability.prediction.problem import (
    CONFIDENCE,
    SINGLE_ACCURACIES,
    Fit,
    Pairs,
    build_pairs,
    usable_rows,
)
from mergeability.prediction.protocols import Fold, l2to

N_GROUPS = 4


class Learner(NamedTuple):
    """How to predict: a predictor's method with all its parameters, what from, and what."""

    method: str
    parameters: Mapping[str, Any]
    metrics: Sequence[str]
    target: str
    seed: int


class Forecast(NamedTuple):
    """`new`: task_a, task_b, `predicted`, `low`, `high` of each new pair, in the given order.

    `held_out`: the predictions of the known pairs under `l2to`, one result per pair.
    """

    new: pd.DataFrame
    held_out: list[FoldResult]


def forecast(known: pd.DataFrame, new: pd.DataFrame, learner: Learner) -> Forecast:
    """Predict the pairs `new` (task_a, task_b, metrics) from one merger's pairs table `known`.

    No task of `new` counts as a task of `known`, even under the same name: another checkpoint of
    a task is another model. `predicted` comes from a fit on all known pairs. With mu_-i the fit on
    the known pairs that share no task with pair i, and R_i = |y_i - mu_-i(x_i)|, the interval is

        low  = k-th smallest of mu_-i(x) - R_i,   k = floor((1 - CONFIDENCE) (n + 1))
        high = k-th largest of mu_-i(x) + R_i

    It is wide where held-out pairs were missed by much and where the fits disagree on x. Both are
    NaN where n is too small for this confidence (k = 0, below 9 pairs). This is the jackknife+ of
    Barber, Candes, Ramdas and Tibshirani (Annals of Statistics 49, 2021) with pairs left out
    together with all that share a task with them. Its guarantee is for exchangeable points, which
    pairs are not: hence `measure_coverage`.

    Raises `ValueError` where columns or values are missing, and where a method that needs more
    than metrics returns no number.
    """
    ordered = known.sort_values("pair", ignore_index=True)
    rows = ordered[usable_rows(ordered, learner.target, learner.metrics)].reset_index(drop=True)
    strangers = new.assign(
        task_a="new " + new["task_a"], task_b="new " + new["task_b"],
        **dict.fromkeys(SINGLE_ACCURACIES, np.nan),
    )  # fmt: skip
    both = pd.concat([rows, strangers], ignore_index=True)
    pairs = build_pairs(both, learner.metrics)
    if not np.isfinite(pairs.metrics).all():
        names = [m for m in learner.metrics if not np.isfinite(both[m]).all()]
        raise ValueError(f"pairs to predict lack values of the metrics {names}")
    observed = rows[learner.target].to_numpy(dtype=np.float64)
    everything = np.ones(len(rows), dtype=np.bool_)
    folds = [*l2to(pairs.tasks[: len(rows)]), Fold("all", everything, ~everything)]
    *left_out, whole = _fit(pairs, folds, observed, learner)

    own = np.array([fit.scores[i] for i, fit in enumerate(left_out)])
    elsewhere = np.stack([fit.scores[len(rows) :] for fit in left_out])  # (known, new)
    low, high = _interval(elsewhere, np.abs(observed - own))
    predicted = whole.scores[len(rows) :]
    if not np.isfinite([*own, *predicted]).all():
        raise ValueError(
            f"predictor {learner.method!r} needs more than the metrics of a new pair; name a "
            "predictor that learns from metrics alone, such as ridge"
        )
    table = new[["task_a", "task_b"]].assign(predicted=predicted, low=low, high=high)
    results = [
        _result(rows.iloc[[i]], own[i], observed[fold.train].mean(), fold.name, learner)
        for i, fold in enumerate(folds[:-1])
    ]
    return Forecast(table.reset_index(drop=True), results)


def measure_coverage(known: pd.DataFrame, learner: Learner) -> pd.DataFrame:
    """How often intervals hold for tasks never seen: one row per pair that was tried.

    The tasks are dealt into `N_GROUPS` groups by their names. The pairs inside each group are
    forecast, intervals and all choices included, from the pairs without any task of the group.
    Columns: pair, task_a, task_b, merger, observed, predicted, low, high, held (low <= observed <=
    high). Pairs without an interval or an observed target are left out: all of them in zoos that
    are too small.
    """
    tables = []
    for inside, rest in groups_of_tasks(known):
        tried = inside.dropna(subset=[*learner.metrics, learner.target])
        if len(tried) and len(rest):
            tried = tried.sort_values("pair", ignore_index=True)
            new = forecast(rest, tried, learner).new
            tables.append(
                tried[["pair", "merger"]].assign(observed=tried[learner.target]).join(new)
            )
    return which_held(tables)


def groups_of_tasks(known: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """The pairs inside each of `N_GROUPS` groups of tasks, and those without any of its tasks."""
    tasks = sorted({*known["task_a"], *known["task_b"]})
    dealt = sorted(tasks, key=lambda task: stable_seed("coverage", task))
    for number in range(N_GROUPS):
        inside = known[["task_a", "task_b"]].isin(dealt[number::N_GROUPS])
        yield known[inside.all(axis=1)], known[~inside.any(axis=1)]


def which_held(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The intervals of some tables, as `measure_coverage` returns them."""
    columns = ["pair", "task_a", "task_b", "merger", "observed", "predicted", "low", "high"]
    table = pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)
    table = table.dropna().sort_values("pair", ignore_index=True)
    return table.assign(held=table["observed"].between(table["low"], table["high"]))


def _fit(pairs: Pairs, folds: Sequence[Fold], observed: Floats, learner: Learner) -> list[Fit]:
    for fold in folds:
        if not fold.train.any():
            raise ValueError(f"no known pair is without the tasks of {fold.name}; learn from more")
    new = (0, len(pairs.tasks) - len(observed))
    training = {fold.name: np.pad(fold.train, new) for fold in folds}
    targets = np.pad(observed, new, constant_values=np.nan)
    return fit_predictor(pairs, training, targets, learner.method, learner.parameters, learner.seed)


def _interval(predicted: Floats, residuals: Floats) -> tuple[Floats, Floats]:
    """Ends (new,) from predictions (known, new) and residuals (known,) of left-out fits."""
    n = len(residuals)
    k = floor((1 - CONFIDENCE) * (n + 1) + 1e-9)  # 0.1 x 10 is 1
    if k == 0:
        return (np.full(predicted.shape[1], np.nan),) * 2
    lower = np.sort(predicted - residuals[:, None], axis=0)
    upper = np.sort(predicted + residuals[:, None], axis=0)
    return lower[k - 1], upper[n - k]


def _result(
    row: pd.DataFrame, predicted: float, level: float, name: str, learner: Learner
) -> FoldResult:
    """What `fit_folds` says of a fold, as far as choices are measured by it."""
    held_out = row[["pair", "task_a", "task_b", "merger"]].assign(
        held_out=name, observed=row[learner.target], predicted=predicted
    )
    about = {"protocol": "l2to", "predictor": learner.method, "method": learner.method}
    return FoldResult(name, held_out, {**about, "train_mean": float(level)})
