"""Which tasks are easily disturbed, which disturb others, and how much is left for the pair."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import Floats, Mask, Names, interval_over_tasks, task_names
from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks
from mergeability.prediction.predictors.directional import logarithmic_loss
from mergeability.prediction.proxies import directions

# What the logarithm adds to a loss, so that a task that loses nothing has one.
SLACK = 0.1

_CONSTANT = 1e-20
PARTS = ["disturbed", "disturbs", "interaction"]
EFFECT_COLUMNS = [
    "merger", "task", "n_partners", "kept", "left_to_partners",
    "disturbed", "disturbed_low", "disturbed_high", "disturbs", "disturbs_low", "disturbs_high",
]  # fmt: skip
SHARE_COLUMNS = ["merger", "part", "n_pairs", "share", "low", "high"]


class _Fit(NamedTuple):
    """Effects (tasks,) of z = mean + disturbed(A) + disturbs(B), and the parts (rows,) of z."""

    disturbed: Floats
    disturbs: Floats
    parts: Floats
    rank: int


def direction_effects(table: pd.DataFrame, target: str) -> pd.DataFrame:
    """The effects of every task under every merger of a pairs table; columns `EFFECT_COLUMNS`.

    Least squares of the model behind the predictor `directional`, over all pairs:

        log(1 + SLACK - D(A, B)) = mean + disturbed(A) + disturbs(B) + interaction

    with D(A, B) what merging with B leaves of A, in units of the target. `disturbed` and `disturbs`
    are exp of the effects, as factors: a task with 1.5 loses half as much again as the geometric
    mean of tasks, or makes its partners lose so. `_low` and `_high` are 95 % intervals by jackknife
    over the other tasks. `kept` is the mean of D(A, B) over partners B, `left_to_partners` that of
    D(B, A). Pairs without a target are left out.
    """
    rows = [
        row | {"merger": merger}
        for merger, part in table.groupby("merger")
        for row in _effects(*_known(part, target))
    ]
    return pd.DataFrame(rows, columns=EFFECT_COLUMNS)


def direction_shares(table: pd.DataFrame, target: str) -> pd.DataFrame:
    """How much of the variance of log losses each part of the model has, by merger.

    One row per merger and part of `PARTS`, columns `SHARE_COLUMNS`: `share` of the three variances,
    that of `interaction` with the degrees of freedom that the effects leave; noise of measuring
    is in it. `low` and `high`: 95 % interval by jackknife over tasks.
    """
    rows = []
    for merger, part in table.groupby("merger"):
        tasks, kept = _known(part, target)

        def shares(chosen: Mask, tasks: Names = tasks, kept: Floats = kept) -> Floats:
            return _shares(tasks[chosen], kept[chosen])

        for name, *values in zip(PARTS, *interval_over_tasks(tasks, shares), strict=True):
            share, low, high = (float(value) for value in values)
            row = {"merger": merger, "part": name, "n_pairs": len(tasks), "share": share}
            rows.append(row | {"low": np.maximum(low, 0.0), "high": high})
    return pd.DataFrame(rows, columns=SHARE_COLUMNS)


def _known(rows: pd.DataFrame, target: str) -> tuple[Names, Floats]:
    ordered = rows.sort_values("pair", ignore_index=True)
    kept = directions(ordered, target)
    known = np.isfinite(kept).all(axis=1)
    return task_names(ordered)[known], kept[known]


def _fit(tasks: Names, kept: Floats, names: Names) -> _Fit:
    """`names` holds all tasks that effects are asked of; NaN for those without a pair."""
    index = np.searchsorted(names, np.concatenate([tasks, tasks[:, ::-1]]))
    z = logarithmic_loss(kept.T.ravel(), SLACK)
    present = np.unique(index)
    design = np.concatenate(
        [np.ones((len(z), 1)), *(np.eye(len(names))[index[:, end]][:, present] for end in (0, 1))],
        axis=1,
    )
    solution, _, rank, _ = np.linalg.lstsq(design, z, rcond=None)
    effects = np.full((2, len(names)), np.nan)
    effects[:, present] = solution[1:].reshape(2, -1)
    effects -= _means(effects)
    parts = [effects[0][index[:, 0]], effects[1][index[:, 1]], z - design @ solution]
    return _Fit(effects[0], effects[1], np.stack(parts), int(rank))


def _means(values: Floats) -> Floats:
    """Means of the known values along the last axis, which is kept; 0 where there is none."""
    known = np.isfinite(values)
    counts = known.sum(axis=-1, keepdims=True)
    means: Floats = np.where(known, values, 0.0).sum(axis=-1, keepdims=True) / np.maximum(counts, 1)
    return means


def _shares(tasks: Names, kept: Floats) -> Floats:
    undefined = np.full(len(PARTS), np.nan)
    if not len(tasks):
        return undefined
    fit = _fit(tasks, kept, np.unique(tasks))
    n = fit.parts.shape[1]
    if n <= fit.rank:
        return undefined
    variances = fit.parts.var(axis=1) * np.array([1.0, 1.0, n / (n - fit.rank)])
    total = variances.sum()
    return variances / total if total > _CONSTANT else undefined


def _effects(tasks: Names, kept: Floats) -> list[dict[str, object]]:
    if not len(tasks):
        return []
    names = np.unique(tasks)
    fit = _fit(tasks, kept, names)
    without = leave_out_tasks(
        tasks, lambda rows: np.stack(_fit(tasks[rows], kept[rows], names)[:2])
    )
    left_out = np.stack(without)  # (task left out, effect, task)
    # The mean that effects are measured from stays that of all tasks.
    full = np.stack(fit[:2])
    left_out -= _means(left_out - full)
    rows = []
    for place, task in enumerate(names.tolist()):
        first, second = tasks[:, 0] == task, tasks[:, 1] == task
        estimate = np.array([fit.disturbed[place], fit.disturbs[place]])
        others = np.delete(left_out[:, :, place], place, axis=0)
        low, high = jackknife_interval(estimate, others, limit=np.inf)
        row: dict[str, object] = {"task": task, "n_partners": int((first | second).sum())}
        row["kept"] = np.concatenate([kept[first, 0], kept[second, 1]]).mean()
        row["left_to_partners"] = np.concatenate([kept[first, 1], kept[second, 0]]).mean()
        for name, *ends in zip(PARTS[:2], estimate, low, high, strict=True):
            values = np.exp(ends)
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), values.tolist(), strict=True))
        rows.append(row)
    return rows
