"""From the folds of all predictors to correlations with intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.prediction.correlation import Floats, pearson, spearman
from mergeability.prediction.fitting import FoldResult
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.registry import PREDICTORS

KEYS = ["target", "protocol", "predictor", "merger"]
STATISTICS = ["validation_r", "validation_spearman", "pooled_r", "pooled_spearman"]
COLUMNS = [
    *KEYS, "method",
    "n_tasks", "n_folds", "n_folds_undefined", "n_pairs", "n_missing_pairs",
    "train_r", "train_r_sd",
    "validation_r", "validation_r_sd", "validation_r_low", "validation_r_high",
    "validation_spearman", "validation_spearman_sd",
    "validation_spearman_low", "validation_spearman_high",
    "pooled_r", "pooled_r_low", "pooled_r_high",
    "pooled_spearman", "pooled_spearman_low", "pooled_spearman_high",
]  # fmt: skip


@dataclass(frozen=True)
class _HeldOut:
    """Held-out predictions: `tasks` (rows, 2), the rest (rows,)."""

    tasks: NDArray[np.str_]
    fold: NDArray[np.str_]
    observed: Floats
    predicted: Floats

    def without(self, task: str) -> "_HeldOut":
        kept = ~(self.tasks == task).any(axis=1)
        return _HeldOut(
            self.tasks[kept], self.fold[kept], self.observed[kept], self.predicted[kept]
        )


def summarize(results: Iterable[FoldResult]) -> pd.DataFrame:
    """One row per target, protocol, predictor and merger, sorted; columns `COLUMNS`.

    - `validation_r`: the published statistic, the mean over folds of Pearson's r within the fold;
      `validation_spearman` likewise. `_sd`: their standard deviation over folds (divided by the
      number of folds, as published).
    - `pooled_r`, `pooled_spearman`: correlation over the held-out predictions of all folds
      together. Under leave-one-task-out each pair counts twice, once per task. Where scores are
      not in units of the target, pooling mixes the scales of different folds.
    - `_low`, `_high`: 95 % intervals by jackknife over tasks (see `jackknife_interval`). Leaving
      out a task removes its own fold, and its pair from every other fold. Predictors are not
      refitted: an interval tells how a correlation varies with the tasks it is measured on, not
      how the predictor varies with the tasks it learned from.
    - `train_r`: mean over folds of r on the training pairs, and its `_sd`.
    - `n_pairs`: different pairs predicted; `n_missing_pairs`: pairs left out because a value is
      missing; `n_folds_undefined`: folds without a validation r (constant predictions or fewer
      than three pairs), which the means over folds leave out.

    Undefined statistics are NaN. Means are over the folds where a correlation is defined.
    Source: arXiv 2601.22285, section 4 (mean over folds).
    """
    groups: dict[tuple[str, ...], list[FoldResult]] = {}
    for result in results:
        groups.setdefault(tuple(result.diagnostics[key] for key in KEYS), []).append(result)
    rows = [
        dict(zip(KEYS, key, strict=True)) | _summarize_folds(folds)
        for key, folds in sorted(groups.items())
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def tabulate_coefficients(results: Iterable[FoldResult]) -> pd.DataFrame:
    """Coefficients of predictors with metrics, over the folds: one row per metric.

    Columns: `target`, `protocol`, `predictor`, `merger`, `metric`, `mean`, `sd` (divided by the
    number of folds) and `nonzero`, the share of folds in which the coefficient is not zero.
    Coefficients belong to metrics scaled to [-1, 1] by the training pairs.
    """
    rows = [
        {key: result.diagnostics[key] for key in KEYS} | {"metric": metric, "value": value}
        for result in results
        for metric, value in (result.diagnostics["coefficients"] or {}).items()
    ]
    values = pd.DataFrame(rows, columns=[*KEYS, "metric", "value"])
    grouped = values.groupby([*KEYS, "metric"])["value"]
    return grouped.agg(
        mean="mean", sd=lambda v: v.std(ddof=0), nonzero=lambda v: (v != 0).mean()
    ).reset_index()


def order_predictors(summary: pd.DataFrame) -> list[str]:
    """The predictors of a summary in reading order: by method as registered, then by name."""
    methods = dict(zip(summary["predictor"], summary["method"], strict=True))
    rank = {method: place for place, method in enumerate(PREDICTORS)}
    return sorted(methods, key=lambda predictor: (rank[methods[predictor]], predictor))


def summary_text(summary: pd.DataFrame) -> str:
    """Validation r of every predictor (rows) and merger (columns), one block per target."""
    blocks = []
    for (target, protocol), rows in summary.groupby(["target", "protocol"], sort=False):
        table = rows.pivot_table("validation_r", "predictor", "merger", dropna=False)
        table = table.loc[order_predictors(rows)].rename_axis(index=None, columns=None)
        numbers = table.to_string(float_format="{:.3f}".format, na_rep="-")
        blocks.append(f"{target}, {protocol}: validation r, mean over folds\n{numbers}")
    return "\n\n".join(blocks)


def _summarize_folds(folds: Sequence[FoldResult]) -> dict[str, Any]:
    """The statistics of one predictor and merger; all but the keys of a row."""
    predictions = pd.concat([fold.predictions for fold in folds], ignore_index=True)
    held_out = _HeldOut(
        predictions[["task_a", "task_b"]].to_numpy(dtype=np.str_),
        predictions["held_out_task"].to_numpy(dtype=np.str_),
        predictions["observed"].to_numpy(dtype=np.float64),
        predictions["predicted"].to_numpy(dtype=np.float64),
    )
    within = _within_folds(held_out)
    estimate = _statistics(held_out)
    tasks = np.unique(held_out.tasks).tolist()
    low, high = jackknife_interval(
        estimate, np.stack([_statistics(held_out.without(task)) for task in tasks])
    )
    train_r = np.array([fold.diagnostics["train_r"] for fold in folds], dtype=np.float64)
    any_fold = folds[0].diagnostics
    row: dict[str, Any] = {
        "method": any_fold["method"],
        "n_tasks": len(tasks),
        "n_folds": len(folds),
        "n_folds_undefined": len(folds) - int(np.isfinite(within[:, 0]).sum()),
        "n_pairs": predictions["pair"].nunique(),
        "n_missing_pairs": any_fold["n_missing_train_pairs"] + any_fold["n_missing_held_out_pairs"],
        "train_r": _mean(train_r),
        "train_r_sd": _spread(train_r),
        "validation_r_sd": _spread(within[:, 0]),
        "validation_spearman_sd": _spread(within[:, 1]),
    }
    for i, name in enumerate(STATISTICS):
        row |= {name: estimate[i], f"{name}_low": low[i], f"{name}_high": high[i]}
    return row


def _within_folds(held_out: _HeldOut) -> Floats:
    """Pearson's r and Spearman's rho of each fold that has predictions: (folds, 2)."""
    correlations = []
    for fold in np.unique(held_out.fold):
        rows = held_out.fold == fold
        observed, predicted = held_out.observed[rows], held_out.predicted[rows]
        correlations.append((pearson(predicted, observed), spearman(predicted, observed)))
    return np.array(correlations, dtype=np.float64).reshape(-1, 2)


def _statistics(held_out: _HeldOut) -> Floats:
    """The correlations named by `STATISTICS`, in that order."""
    within = _within_folds(held_out)
    return np.array(
        [
            _mean(within[:, 0]),
            _mean(within[:, 1]),
            pearson(held_out.predicted, held_out.observed),
            spearman(held_out.predicted, held_out.observed),
        ]
    )


def _mean(values: Floats) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _spread(values: Floats) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.std()) if len(defined) else float("nan")
