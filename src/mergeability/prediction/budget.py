"""How well pairs are predicted when some of the merges have been measured: learning curves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.prediction.correlation import Floats, pearson
from mergeability.prediction.designs import design
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.predictors import fit_predictor
from mergeability.prediction.problem import Fit, Mask, build_pairs, usable_rows
from mergeability.prediction.proxies import directions, proxy_values
from mergeability.prediction.registry import PREDICTORS

STATISTICS = ["r", "mae", "regret_pair", "regret_partner", "coverage", "width"]
_LIMITS = [1.0, *[np.inf] * 5]


class Budget(NamedTuple):
    """Numbers of partners per task to try, and how many designs are drawn of each."""

    partners: Sequence[int]
    designs: int


def try_budgets(
    table: pd.DataFrame,
    method: str,
    params: Mapping[str, Any],
    budget: Budget,
    *,
    target: str,
    metrics: Sequence[str],
    seed: int,
    proxies: Sequence[str] = (),
    only: Collection[str] | None = None,
) -> pd.DataFrame:
    """What a predictor that learns from a design says of the other pairs of one merger's table.

    One row per number of partners, design and task left out (`without`, empty for none): `pairs`
    measured of `all_pairs`, and over the pairs outside of the design, without those of the task:

    - `r`, Pearson's correlation of predicted and observed; `mae`, the mean absolute error;
    - `regret_pair`: the best observed value less that of the pair predicted best;
    - `regret_partner`: the same for the partners of each task, mean over tasks;
    - `coverage`: the share of observed values inside the predicted intervals; `width`: their mean
      width. NaN for methods without intervals.

    Methods that cannot do without training have no row for 0 partners. Raises `ValueError` as
    `fitting.fit_folds` does.
    """
    used = sorted(metrics)
    ordered = table.sort_values("pair", ignore_index=True)
    rows = ordered[usable_rows(ordered, target, used, only)].reset_index(drop=True)
    tasks = sorted({*table["task_a"], *table["task_b"]})
    drawn = {
        (partners, number): rows["pair"].isin(design(tasks, partners, str(number))).to_numpy()
        for partners in budget.partners
        for number in range(budget.designs if partners else 1)
        if partners or PREDICTORS[method].without_training
    }
    training = {f"{partners} {number}": mask for (partners, number), mask in drawn.items()}
    observed = rows[target].to_numpy(dtype=np.float64)
    of_each = directions(rows, target) if PREDICTORS[method].looks_at == "directions" else None
    pairs = build_pairs(rows, used, proxy_values(rows, proxies))
    fits = fit_predictor(pairs, training, observed, method, params, seed, of_each)
    found = [
        {"partners": partners, "design": number, "pairs": int(mask.sum()), "all_pairs": len(rows)}
        | {"without": without, **_statistics(fit, observed, pairs.tasks, ~mask & kept)}
        for ((partners, number), mask), fit in zip(drawn.items(), fits, strict=True)
        for without, kept in _without_each(pairs.tasks)
    ]
    return pd.DataFrame(found)


def learning_curve(tables: Iterable[tuple[str, str, pd.DataFrame]]) -> pd.DataFrame:
    """Means over designs, with intervals by jackknife over tasks (see `jackknife_interval`).

    `tables`: predictor, merger and what `try_budgets` found. One row per predictor, merger and
    number of partners: `share` of the pairs that was measured, and each statistic with its `_low`
    and `_high`.
    """
    rows = []
    for predictor, merger, table in tables:
        for partners, part in table.groupby("partners"):
            means = part.groupby("without")[STATISTICS].mean()
            estimate = means.loc[""].to_numpy(dtype=np.float64)
            left_out = means.drop("").to_numpy(dtype=np.float64)
            low, high = jackknife_interval(estimate, left_out, limit=np.array(_LIMITS))
            row = {"predictor": predictor, "merger": merger, "partners": int(str(partners))}
            row |= {"share": float((part["pairs"] / part["all_pairs"]).mean())}
            row |= {"designs": int(part["design"].nunique())}
            for i, name in enumerate(STATISTICS):
                row |= {name: estimate[i], f"{name}_low": low[i], f"{name}_high": high[i]}
            rows.append(row)
    return pd.DataFrame(rows)


def _without_each(tasks: Any) -> list[tuple[str, Mask]]:
    everything = np.ones(len(tasks), dtype=np.bool_)
    left = [(str(task), ~(tasks == task).any(axis=1)) for task in np.unique(tasks)]
    return [("", everything), *left]


def _statistics(fit: Fit, observed: Floats, tasks: Any, kept: Mask) -> dict[str, float]:
    y, predicted = observed[kept], fit.scores[kept]
    inside = width = np.nan
    if fit.interval is not None:
        low, high = (ends[kept] for ends in fit.interval)
        inside, width = float(((low <= y) & (y <= high)).mean()), float((high - low).mean())
    values = [
        pearson(predicted, y),
        float(np.abs(predicted - y).mean()),
        float(y.max() - y[np.argmax(predicted)]),
        _regret_of_partners(y, predicted, tasks[kept]),
        inside,
        width,
    ]
    return dict(zip(STATISTICS, values, strict=True))


def _regret_of_partners(y: Floats, predicted: Floats, tasks: Any) -> float:
    lost = []
    for task in np.unique(tasks):
        own = np.flatnonzero((tasks == task).any(axis=1))
        lost.append(y[own].max() - y[own[np.argmax(predicted[own])]])
    return float(np.mean(lost))
