"""How well held-out pairs were predicted: correlations, and what becomes of them without a task."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.prediction.correlation import (
    MINIMUM_POINTS,
    Floats,
    partial_pearson,
    pearson,
    spearman,
)
from mergeability.prediction.fitting import FoldResult
from mergeability.prediction.jackknife import leave_out_tasks
from mergeability.prediction.registry import PREDICTORS
from mergeability.prediction.task_effects import foretell, partner_terms

KEYS = ["target", "protocol", "predictor", "merger"]
STATISTICS = [
    "validation_r", "validation_spearman", "interaction_r",
    "pooled_r", "pooled_spearman", "relative_r", "relative_interaction_r",
]  # fmt: skip


@dataclass(frozen=True)
class HeldOut:
    """Held-out predictions of one predictor and merger: `tasks` (rows, 2), the rest (rows,).

    `fold` numbers the folds. `relative` is the prediction less the mean target of the fold's
    training pairs, for scores in units of the target; else the score itself. `foretold` is the
    additive part of the observed target, mu + a_A + a_B, fitted to all other pairs; `known` is what
    of it varies within a fold: under leave-one-task-out the effect of the partner, fitted to the
    pairs without the held-out task, else the same. Fitted to the pair itself, or to its neighbours
    in the fold, they would hold some of its interaction.
    """

    pair: NDArray[np.str_]
    tasks: NDArray[np.str_]
    fold: NDArray[np.intp]
    observed: Floats
    predicted: Floats
    relative: Floats
    foretold: Floats
    known: Floats

    @classmethod
    def of(cls, folds: Sequence[FoldResult]) -> "HeldOut":
        """The predictions of several folds together."""
        rows = pd.concat([fold.predictions for fold in folds], ignore_index=True)
        tasks = rows[["task_a", "task_b"]].to_numpy(dtype=np.str_)
        observed = rows["observed"].to_numpy(dtype=np.float64)
        predicted = rows["predicted"].to_numpy(dtype=np.float64)
        names, fold = np.unique(rows["held_out"].to_numpy(dtype=np.str_), return_inverse=True)
        about = folds[0].diagnostics
        means = {fold.held_out: fold.diagnostics["train_mean"] for fold in folds}
        level = rows["held_out"].map(means).to_numpy(dtype=np.float64)
        in_target_units = PREDICTORS[about["method"]].in_target_units
        pair, first, each = np.unique(
            rows["pair"].to_numpy(dtype=np.str_), return_index=True, return_inverse=True
        )
        foretold = known = foretell(tasks[first], observed[first])[each]
        if about["protocol"] == "loto":
            known = np.full_like(observed, np.nan)
            for number, task in enumerate(names.tolist()):
                inside = fold == number
                known[inside] = partner_terms(tasks[first], observed[first], task)[each][inside]
        return cls(
            pair[each], tasks, fold, observed, predicted,
            predicted - level if in_target_units else predicted, foretold, known,
        )  # fmt: skip

    def where(self, kept: NDArray[np.bool_]) -> "HeldOut":
        """Some of the predictions, by a mask of the rows."""
        return HeldOut(*(getattr(self, column.name)[kept] for column in fields(self)))


@dataclass(frozen=True)
class Skill:
    """The correlations named by `STATISTICS`: on all tasks (statistics,), and with each task left
    out (tasks, statistics), tasks sorted by name. NaN where undefined."""

    estimate: Floats
    left_out: Floats


def measure_skill(held_out: HeldOut) -> Skill:
    """All correlations of held-out predictions, and what they become without each task.

    With a task, its own fold vanishes, if it has one.
    """
    left_out = leave_out_tasks(held_out.tasks, lambda kept: correlations(held_out.where(kept)))
    return Skill(correlations(held_out), np.stack(left_out))


class Group(NamedTuple):
    """One predictor and merger, for a target and under a protocol: its folds and their skill."""

    folds: list[FoldResult]
    held_out: HeldOut
    skill: Skill


def measure_groups(results: Iterable[FoldResult]) -> dict[tuple[str, ...], Group]:
    """The folds of each target, protocol, predictor and merger, by these names, sorted."""
    listed: dict[tuple[str, ...], list[FoldResult]] = {}
    for result in results:
        listed.setdefault(tuple(result.diagnostics[key] for key in KEYS), []).append(result)
    groups = {}
    for key, folds in sorted(listed.items()):
        held_out = HeldOut.of(folds)
        groups[key] = Group(folds, held_out, measure_skill(held_out))
    return groups


def correlations(held_out: HeldOut) -> Floats:
    """The correlations named by `STATISTICS`, in that order.

    - The first three are means over the folds where they are defined, the others over all rows.
    - The `interaction` ones are partial correlations of predicted and observed given the additive
      part of the target: what a prediction knows about a pair beyond how well each of its tasks
      merges with others. Undefined for predictions that are a multiple of the additive part.
    - The `relative` ones free predictions from the training mean of their fold first. It is the
      lower the better the held-out pairs merge, so that a predictor that knows nothing but the
      mean would correlate negatively; freed of it, its correlation is undefined.
    """
    if not len(held_out.observed):
        return np.full(len(STATISTICS), np.nan)
    observed, predicted, relative = held_out.observed, held_out.predicted, held_out.relative
    return np.array(
        [
            *(mean_defined(column) for column in _within_folds(held_out).T),
            pearson(predicted, observed),
            spearman(predicted, observed),
            pearson(relative, observed),
            partial_pearson(relative, observed, held_out.foretold),
        ]
    )


def _within_folds(held_out: HeldOut) -> Floats:
    """Pearson, Spearman and partial correlation of each fold with enough pairs: (folds, 3)."""
    found = []
    for fold in np.flatnonzero(np.bincount(held_out.fold) >= MINIMUM_POINTS):
        rows = held_out.fold == fold
        pair = held_out.predicted[rows], held_out.observed[rows]
        given = held_out.known[rows]
        found.append((pearson(*pair), spearman(*pair), partial_pearson(*pair, given)))
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def mean_defined(values: Floats) -> float:
    """Mean of the values that are defined; NaN without any."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else float("nan")
