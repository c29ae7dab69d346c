"""From the folds of all predictors to correlations with intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mergeability.prediction.correlation import Floats
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.registry import (
    PREDICTORS,
    PROTOCOLS,
    STATISTIC_TITLES,
    in_reading_order,
    titled,
)
from mergeability.prediction.skill import KEYS, STATISTICS, Group, mean_defined

COLUMNS = [
    *KEYS, "method", "kind",
    "n_tasks", "n_folds", "n_folds_undefined", "n_pairs", "n_missing_pairs",
    "train_r", "train_r_sd", "validation_r_sd", "validation_spearman_sd",
    *[f"{name}{end}" for name in STATISTICS for end in ("", "_low", "_high")],
]  # fmt: skip


def summarize(groups: Mapping[tuple[str, ...], Group]) -> pd.DataFrame:
    """One row per target, protocol, predictor and merger, in order; columns `COLUMNS`.

    - `kind`: `predictor`, `baseline`, or `merges` for a reference that merges the pairs it scores.
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
        dict(zip(KEYS, key, strict=True)) | _summarize_group(group) for key, group in groups.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def tabulate_left_out(groups: Mapping[tuple[str, ...], Group]) -> pd.DataFrame:
    """What the statistics of each group are without one task: a row per task, sorted.

    Columns `KEYS`, `task` and `STATISTICS`. Jackknife intervals of means over groups need these.
    """
    rows = [
        dict(zip([*KEYS, "task", *STATISTICS], [*key, task, *values], strict=True))
        for key, (_, held_out, skill) in groups.items()
        for task, values in zip(np.unique(held_out.tasks), skill.left_out, strict=True)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "task", *STATISTICS])


def order_predictors(summary: pd.DataFrame) -> list[str]:
    """The predictors of a summary in reading order: by method as registered, then by name."""
    return in_reading_order(methods_of(summary))


def methods_of(summary: pd.DataFrame) -> dict[str, str]:
    """The method of each predictor of a summary."""
    return dict(zip(summary["predictor"], summary["method"], strict=True))


def summary_text(summary: pd.DataFrame) -> str:
    """The statistics of each protocol for every predictor (rows) and merger (columns).

    `pooled_r` stands beside `relative_r` alone, which it is to be compared with.
    """
    blocks = []
    for (target, protocol), rows in summary.groupby(["target", "protocol"], sort=False):
        titles = {name: titled(name, method) for name, method in methods_of(rows).items()}
        about = PROTOCOLS[str(protocol)]
        shown = about.statistics if about.statistic == "relative_r" else about.statistics[:2]
        for statistic in shown:
            table = rows.pivot_table(statistic, "predictor", "merger", dropna=False)
            table = table.loc[order_predictors(rows)].rename_axis(index=None, columns=None)
            numbers = table.rename(titles).to_string(float_format="{:.3f}".format, na_rep="-")
            blocks.append(f"{target}, {protocol}: {STATISTIC_TITLES[statistic]}\n{numbers}")
    return "\n\n".join(blocks)


def _summarize_group(group: Group) -> dict[str, Any]:
    """The statistics of one predictor and merger; all but the keys of a row."""
    folds, held_out, skill = group
    method = folds[0].diagnostics["method"]
    row: dict[str, Any] = {
        "method": method,
        "kind": PREDICTORS[method].kind,
        "n_tasks": len(np.unique(held_out.tasks)),
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
    low, high = jackknife_interval(skill.estimate, skill.left_out)
    for i, name in enumerate(STATISTICS):
        row |= {name: skill.estimate[i], f"{name}_low": low[i], f"{name}_high": high[i]}
    return row


def _spread(values: Floats) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.std()) if len(defined) else float("nan")
