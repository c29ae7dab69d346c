"""From the folds of all predictors to correlations with intervals."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mergeability.prediction.correlation import Floats
from mergeability.prediction.fitting import FoldResult
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.registry import PREDICTORS, PROTOCOLS, STATISTIC_TITLES
from mergeability.prediction.skill import (
    STATISTICS,
    HeldOut,
    Skill,
    mean_defined,
    measure_skill,
)

KEYS = ["target", "protocol", "predictor", "merger"]
COLUMNS = [
    *KEYS, "method",
    "n_tasks", "n_folds", "n_folds_undefined", "n_pairs", "n_missing_pairs",
    "train_r", "train_r_sd", "validation_r_sd", "validation_spearman_sd",
    *[f"{name}{end}" for name in STATISTICS for end in ("", "_low", "_high")],
]  # fmt: skip


def group_folds(results: Iterable[FoldResult]) -> dict[tuple[str, ...], list[FoldResult]]:
    """The folds of each target, protocol, predictor and merger, by these names, sorted."""
    groups: dict[tuple[str, ...], list[FoldResult]] = {}
    for result in results:
        groups.setdefault(tuple(result.diagnostics[key] for key in KEYS), []).append(result)
    return dict(sorted(groups.items()))


def summarize(results: Iterable[FoldResult]) -> pd.DataFrame:
    """One row per target, protocol, predictor and merger, sorted; columns `COLUMNS`.

    - `validation_r`: the published statistic, the mean over folds of Pearson's r within the fold;
      `validation_spearman` likewise. `_sd`: their standard deviation over folds (divided by the
      number of folds, as published).
    - `interaction_r`: mean over folds of the partial correlation given the additive part of the
      target: what is known of a pair beyond how well its tasks merge with others.
    - `pooled_r`, `pooled_spearman`: over the held-out predictions of all folds together. Under
      leave-one-task-out each pair counts twice, once per task. Where scores are not in units of
      the target, pooling mixes the scales of different folds. `relative_r` and
      `relative_interaction_r`: the same, predictions freed of their fold's training mean (see
      `skill.correlations`).
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
    rows = [
        dict(zip(KEYS, key, strict=True)) | _summarize_folds(folds)
        for key, folds in group_folds(results).items()
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


def by_predictor(
    coefficients: pd.DataFrame, describe: Callable[..., pd.DataFrame], *arguments: Any
) -> pd.DataFrame:
    """`describe` the coefficients of each target and predictor; these two come first as columns."""
    parts = []
    for (target, predictor), rows in coefficients.groupby(["target", "predictor"]):
        part = describe(rows, *arguments)
        part.insert(0, "target", str(target))
        part.insert(1, "predictor", str(predictor))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def order_predictors(summary: pd.DataFrame) -> list[str]:
    """The predictors of a summary in reading order: by method as registered, then by name."""
    methods = dict(zip(summary["predictor"], summary["method"], strict=True))
    rank = {method: place for place, method in enumerate(PREDICTORS)}
    return sorted(methods, key=lambda predictor: (rank[methods[predictor]], predictor))


def summary_text(summary: pd.DataFrame) -> str:
    """The statistic of each protocol for every predictor (rows) and merger (columns)."""
    blocks = []
    for (target, protocol), rows in summary.groupby(["target", "protocol"], sort=False):
        statistic = PROTOCOLS[str(protocol)].statistic
        table = rows.pivot_table(statistic, "predictor", "merger", dropna=False)
        table = table.loc[order_predictors(rows)].rename_axis(index=None, columns=None)
        numbers = table.to_string(float_format="{:.3f}".format, na_rep="-")
        blocks.append(f"{target}, {protocol}: {STATISTIC_TITLES[statistic]}\n{numbers}")
    return "\n\n".join(blocks)


def _summarize_folds(folds: Sequence[FoldResult]) -> dict[str, Any]:
    """The statistics of one predictor and merger; all but the keys of a row."""
    held_out = HeldOut.of(folds)
    row: dict[str, Any] = {
        "method": folds[0].diagnostics["method"],
        "n_folds": len(folds),
        "n_pairs": len(np.unique(held_out.pair)),
        "n_missing_pairs": folds[0].diagnostics["n_missing_pairs"],
    }
    within = {
        name: np.array([fold.diagnostics[name] for fold in folds], dtype=np.float64)
        for name in ("train_r", "validation_r", "validation_spearman")
    }
    row |= {
        "n_folds_undefined": len(folds) - int(np.isfinite(within["validation_r"]).sum()),
        "train_r": mean_defined(within["train_r"]),
        **{f"{name}_sd": _spread(values) for name, values in within.items()},
    }
    return row | _with_intervals(measure_skill(held_out))


def _with_intervals(skill: Skill) -> dict[str, Any]:
    low, high = jackknife_interval(skill.estimate, skill.left_out)
    row: dict[str, Any] = {"n_tasks": len(skill.tasks)}
    for i, name in enumerate(STATISTICS):
        row |= {name: skill.estimate[i], f"{name}_low": low[i], f"{name}_high": high[i]}
    return row


def _spread(values: Floats) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.std()) if len(defined) else float("nan")
