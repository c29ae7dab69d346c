"""How much of the target is due to single tasks, and what is left for the pair itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import (
    Floats,
    Mask,
    Names,
    interval_over_tasks,
    task_names,
)
from mergeability.prediction.task_effects import fit_task_terms

COLUMNS = [
    "target", "merger", "n_pairs", "n_tasks", "mean", "sd",
    "r_squared", "r_squared_low", "r_squared_high", "adjusted_r_squared",
    "task_effect_sd", "interaction_sd",
]  # fmt: skip
_CONSTANT = 1e-13


class Additive(NamedTuple):
    """target(A, B) = mean + effect of A + effect of B + residual.

    Effects add up to zero over tasks, `residual` is (pairs,), `rank` that of the design.
    """

    mean: float
    effects: dict[str, float]
    residual: Floats
    rank: int


def interaction_residual(tasks: Names, target: Floats) -> Additive:
    """Split a target of pairs into effects of single tasks and what only the pair has.

    Least squares; `tasks` (pairs, 2), `target` (pairs,), finite; symmetric in the two tasks. Where
    the pairs do not determine the effects, see `fit_task_terms`; the residual is unique even
    then.
    """
    fit = fit_task_terms(tasks, target)
    centre = float(fit.terms.mean()) if len(fit.terms) else float("nan")
    effects = dict(zip(fit.tasks.tolist(), (fit.terms - centre).tolist(), strict=True))
    return Additive(2 * centre, effects, target - fit.fitted, fit.rank)


def task_effects(table: pd.DataFrame, target: str, merger: str) -> pd.DataFrame:
    """The effect of every task on a merger's target: `task`, `n_pairs`, `effect`, sorted by task.

    Effects are in units of the target and add up to zero: how much better than average pairs with
    this task merge, the partner's effect taken off. Pairs without a target are left out.
    """
    rows = _with_target(table[table["merger"] == merger], target)
    tasks = task_names(rows)
    effects = interaction_residual(tasks, rows[target].to_numpy(dtype=np.float64)).effects
    counts = [int((tasks == task).any(axis=1).sum()) for task in effects]
    return pd.DataFrame({"task": list(effects), "n_pairs": counts, "effect": effects.values()})


def decompose_variance(table: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    """The additive model target(A, B) = mean + a_A + a_B + e, by target and merger, sorted.

    Columns `COLUMNS`; pairs without a target are left out.

    - `mean`, `sd`: of the target over pairs (`sd` divided by n - 1).
    - `r_squared` = 1 - sum e^2 / sum (target - its mean)^2, in [0, 1], in sample, with its 95 %
      interval by jackknife over tasks. Large by itself where tasks are many for the pairs: for
      pure noise it is about 2 / (tasks + 1).
    - `adjusted_r_squared` = 1 - (1 - r_squared) (n - 1) / (n - rank), 0 on average for pure noise
      and at most 1.
    - `task_effect_sd`: spread of a_T over tasks (divided by tasks - 1); `interaction_sd`:
      sqrt(sum e^2 / (n - rank)), the spread of what single tasks do not explain, measurement
      noise included. Both in units of the target.

    `rank` is the number of parameters the pairs determine, the number of tasks where every two
    tasks form a pair. NaN where undefined: a constant target, or no more pairs than parameters.
    """
    rows = [
        _decompose(_with_target(group, target), target) | {"target": target, "merger": merger}
        for target in targets
        for merger, group in table.groupby("merger")
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values(["target", "merger"], ignore_index=True)


def _with_target(rows: pd.DataFrame, target: str) -> pd.DataFrame:
    return rows[rows[target].notna()].sort_values("pair", ignore_index=True)


def _decompose(rows: pd.DataFrame, target: str) -> dict[str, Any]:
    tasks, values = task_names(rows), rows[target].to_numpy(dtype=np.float64)

    def r_squared(kept: Mask) -> Floats:
        return np.array([_r_squared(tasks[kept], values[kept])])

    estimate, low, high = interval_over_tasks(tasks, r_squared)
    fit = interaction_residual(tasks, values)
    n, spare = len(values), len(values) - fit.rank
    effects = np.array(list(fit.effects.values()))
    unexplained = float((fit.residual**2).sum())
    return {
        "n_pairs": n,
        "n_tasks": len(effects),
        "mean": values.mean() if n else np.nan,
        "sd": values.std(ddof=1) if n > 1 else np.nan,
        "r_squared": estimate[0],
        "r_squared_low": np.maximum(low[0], 0.0),
        "r_squared_high": high[0],
        "adjusted_r_squared": 1 - (1 - estimate[0]) * (n - 1) / spare if spare else np.nan,
        "task_effect_sd": effects.std(ddof=1) if n > 1 else np.nan,
        "interaction_sd": np.sqrt(unexplained / spare) if spare else np.nan,
    }


def _r_squared(tasks: Names, values: Floats) -> float:
    if len(values) == 0:
        return float("nan")
    total = float(((values - values.mean()) ** 2).sum())
    if total <= _CONSTANT**2 * float((values**2).sum()):
        return float("nan")
    return 1 - float((interaction_residual(tasks, values).residual ** 2).sum()) / total
