"""How well held-out pairs were predicted: correlations, and what becomes of them without a task."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.prediction.correlation import Floats, partial_pearson, pearson, spearman
from mergeability.prediction.fitting import FoldResult
from mergeability.prediction.registry import PREDICTORS
from mergeability.prediction.task_effects import fit_task_effects

STATISTICS = [
    "validation_r", "validation_spearman", "interaction_r",
    "pooled_r", "pooled_spearman", "relative_r", "relative_interaction_r",
]  # fmt: skip


@dataclass(frozen=True)
class HeldOut:
    """Held-out predictions of one predictor and merger: `tasks` (rows, 2), the rest (rows,).

    `relative` is the prediction less the mean target of the fold's training pairs, for scores in
    units of the target; else the score itself.
    """

    pair: NDArray[np.str_]
    tasks: NDArray[np.str_]
    fold: NDArray[np.str_]
    observed: Floats
    predicted: Floats
    relative: Floats

    @classmethod
    def of(cls, folds: Sequence[FoldResult]) -> "HeldOut":
        """The predictions of several folds together."""
        rows = pd.concat([fold.predictions for fold in folds], ignore_index=True)
        in_target_units = PREDICTORS[folds[0].diagnostics["method"]].in_target_units
        means = {fold.held_out: fold.diagnostics["train_mean"] for fold in folds}
        level = rows["held_out"].map(means).to_numpy(dtype=np.float64) * in_target_units
        return cls(
            rows["pair"].to_numpy(dtype=np.str_),
            rows[["task_a", "task_b"]].to_numpy(dtype=np.str_),
            rows["held_out"].to_numpy(dtype=np.str_),
            rows["observed"].to_numpy(dtype=np.float64),
            rows["predicted"].to_numpy(dtype=np.float64),
            rows["predicted"].to_numpy(dtype=np.float64) - level,
        )

    def without(self, task: str) -> "HeldOut":
        """The predictions for pairs without a task; its own fold, if it has one, vanishes."""
        return self._where(~(self.tasks == task).any(axis=1))

    def only(self, pairs: Collection[str]) -> "HeldOut":
        """The predictions for some pairs."""
        return self._where(np.isin(self.pair, list(pairs)))

    def _where(self, kept: NDArray[np.bool_]) -> "HeldOut":
        return HeldOut(
            self.pair[kept],
            self.tasks[kept],
            self.fold[kept],
            self.observed[kept],
            self.predicted[kept],
            self.relative[kept],
        )


@dataclass(frozen=True)
class Skill:
    """The correlations named by `STATISTICS`: on all tasks (statistics,), and with each task left
    out (tasks, statistics), tasks sorted by name. NaN where undefined."""

    tasks: list[str]
    estimate: Floats
    left_out: Floats


def measure_skill(held_out: HeldOut) -> Skill:
    """All correlations of held-out predictions, and what they become without each task."""
    tasks = np.unique(held_out.tasks).tolist()
    left_out = [correlations(held_out.without(task)) for task in tasks]
    return Skill(tasks, correlations(held_out), np.stack(left_out))


def correlations(held_out: HeldOut) -> Floats:
    """The correlations named by `STATISTICS`, in that order.

    - The first three are means over the folds where they are defined, the others over all rows.
    - The `interaction` ones are partial correlations of predicted and observed given the additive
      part of the target: what a prediction knows about a pair beyond how well each of its tasks
      merges with others. The additive part of a pair is foretold from all other pairs; fitted to
      the pair itself it would hold some of what is asked for, with the wrong sign.
    - The `relative` ones free predictions from the training mean of their fold first. It is the
      lower the better the held-out pairs merge, so that a predictor that knows nothing but the
      mean would correlate negatively; freed of it, its correlation is undefined.
    """
    if not len(held_out.observed):
        return np.full(len(STATISTICS), np.nan)
    additive = fit_task_effects(held_out.tasks, held_out.observed).foretold
    observed, predicted, relative = held_out.observed, held_out.predicted, held_out.relative
    return np.array(
        [
            *(mean_defined(column) for column in _within_folds(held_out, additive).T),
            pearson(predicted, observed),
            spearman(predicted, observed),
            pearson(relative, observed),
            partial_pearson(relative, observed, additive),
        ]
    )


def _within_folds(held_out: HeldOut, additive: Floats) -> Floats:
    """Pearson, Spearman and partial correlation of each fold that has predictions: (folds, 3)."""
    found = []
    for fold in np.unique(held_out.fold):
        rows = held_out.fold == fold
        pair = held_out.predicted[rows], held_out.observed[rows]
        found.append((pearson(*pair), spearman(*pair), partial_pearson(*pair, additive[rows])))
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def mean_defined(values: Floats) -> float:
    """Mean of the values that are defined; NaN without any."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else float("nan")
