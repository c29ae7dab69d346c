"""How well pairs are predicted when some of the merges have been measured: learning curves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.prediction.correlation import Floats, pearson
from mergeability.prediction.designs import design
from mergeability.prediction.fitting import fit_rows
from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks
from mergeability.prediction.problem import Fit, Mask, usable_rows
from mergeability.prediction.registry import PREDICTORS

STATISTICS = ["r", "mae", "regret_pair", "regret_partner", "coverage", "width"]
_LEAST = np.array([-1.0, 0.0, 0.0, 0.0, 0.0, 0.0])  # what each can be
_MOST = np.array([1.0, np.inf, np.inf, np.inf, 1.0, np.inf])


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
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a predictor that learns from a design says of the other pairs of one merger's table.

    First a table with one row per number of partners, design and task left out (`without`, empty
    for none): `pairs` measured of `all_pairs`, and over the pairs outside of the design, without
    those of the task:

    - `r`, Pearson's correlation of predicted and observed; `mae`, the mean absolute error;
    - `regret_pair`: the best observed value less that of the pair predicted best;
    - `regret_partner`: the same for the partners of each task, mean over tasks;
    - `coverage`: the share of observed values inside the predicted intervals; `width`: their mean
      width. NaN for methods without intervals, as is `mae` for scores on a scale of their own.

    Then the predictions behind it: `partners`, `design`, `pair`, `task_a`, `task_b`, `observed`,
    `predicted`, and `known`, whether the pair is in the design.

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
    pair_tasks = rows[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    everything = np.ones(len(rows), dtype=np.bool_)
    found, predictions = [], []
    in_units = PREDICTORS[method].in_target_units
    fits = fit_rows(rows, training, method, params, target, used, seed, proxies)
    for ((partners, number), mask), fit in zip(drawn.items(), fits, strict=True):
        about = {"partners": partners, "design": number}
        about |= {"pairs": int(mask.sum()), "all_pairs": len(rows)}
        predictions.append(
            rows[["pair", "task_a", "task_b"]].assign(
                partners=partners, design=number,
                observed=observed, predicted=fit.scores, known=mask,
            )
        )  # fmt: skip
        measure = partial(_statistics, fit, observed, pair_tasks, ~mask, in_units)
        values = [measure(everything), *leave_out_tasks(pair_tasks, measure)]
        for without, row in zip(["", *np.unique(pair_tasks).tolist()], values, strict=True):
            found.append(about | {"without": without, **dict(zip(STATISTICS, row, strict=True))})
    return pd.DataFrame(found), pd.concat(predictions, ignore_index=True)


def learning_curve(tables: Iterable[tuple[str, str, pd.DataFrame]]) -> pd.DataFrame:
    """Means over designs, with intervals by jackknife over tasks (see `jackknife_interval`).

    `tables`: predictor, merger and what `try_budgets` found. One row per predictor, merger and
    number of partners: `all_pairs` that can be predicted, the `share` of them that was measured,
    and each statistic with its `_low` and `_high`.
    """
    rows = []
    for predictor, merger, table in tables:
        for partners, part in table.groupby("partners"):
            means = part.groupby("without")[STATISTICS].mean()
            estimate = means.loc[""].to_numpy(dtype=np.float64)
            left_out = means.drop("").to_numpy(dtype=np.float64)
            low, high = jackknife_interval(estimate, left_out, limit=np.inf)
            low, high = np.maximum(low, _LEAST), np.minimum(high, _MOST)
            row = {"predictor": predictor, "merger": merger, "partners": int(str(partners))}
            row |= {"share": float((part["pairs"] / part["all_pairs"]).mean())}
            row |= {"all_pairs": int(part["all_pairs"].iloc[0])}
            row |= {"designs": int(part["design"].nunique())}
            for i, name in enumerate(STATISTICS):
                row |= {name: estimate[i], f"{name}_low": low[i], f"{name}_high": high[i]}
            rows.append(row)
    return pd.DataFrame(rows)


def _statistics(
    fit: Fit, observed: Floats, tasks: Any, others: Mask, in_units: bool, kept: Mask
) -> Floats:
    """The `STATISTICS` of the pairs outside of a design that are kept."""
    kept = others & kept
    y, predicted = observed[kept], fit.scores[kept]
    inside = width = np.nan
    if fit.interval is not None:
        low, high = (ends[kept] for ends in fit.interval)
        inside, width = float(((low <= y) & (y <= high)).mean()), float((high - low).mean())
    return np.array(
        [
            pearson(predicted, y),
            np.abs(predicted - y).mean() if in_units else np.nan,
            y.max() - y[np.argmax(predicted)],
            _regret_of_partners(y, predicted, tasks[kept]),
            inside,
            width,
        ]
    )


def _regret_of_partners(y: Floats, predicted: Floats, tasks: Any) -> float:
    lost = []
    for task in np.unique(tasks):
        own = np.flatnonzero((tasks == task).any(axis=1))
        lost.append(y[own].max() - y[own[np.argmax(predicted[own])]])
    return float(np.mean(lost))
