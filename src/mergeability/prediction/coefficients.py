"""Coefficients of linear predictors over folds."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mergeability.prediction.fitting import FoldResult
from mergeability.prediction.skill import KEYS


def tabulate_coefficients(results: Iterable[FoldResult]) -> pd.DataFrame:
    """Coefficients of predictors with metrics, over the folds: one row per metric.

    Columns: `target`, `protocol`, `predictor`, `merger`, `metric`, `mean`, `sd` (divided by the
    number of folds) and `nonzero`, the share of folds in which the coefficient is not zero.
    Coefficients belong to metrics scaled to [-1, 1] by the training pairs.
    """
    grouped = _by_fold(results).groupby([*KEYS, "metric"])["value"]
    return grouped.agg(
        mean="mean", sd=lambda v: v.std(ddof=0), nonzero=lambda v: (v != 0).mean()
    ).reset_index()


def tabulate_refits(results: Iterable[FoldResult]) -> pd.DataFrame:
    """Coefficients of predictors with metrics when each task is left out: one row per metric.

    Columns: `target`, `predictor`, `merger`, `metric`, `held_out`, the task, and `value`; sorted.
    They are what a jackknife over tasks needs, refits included.
    """
    values = _by_fold(results)
    columns = ["target", "predictor", "merger", "metric", "held_out"]
    refits = values.loc[values["protocol"] == "loto", [*columns, "value"]]
    return refits.sort_values(columns, ignore_index=True)


def _by_fold(results: Iterable[FoldResult]) -> pd.DataFrame:
    rows = [
        {key: result.diagnostics[key] for key in KEYS}
        | {"metric": metric, "held_out": result.held_out, "value": value}
        for result in results
        for metric, value in (result.diagnostics["coefficients"] or {}).items()
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "metric", "held_out", "value"])


def read_loto_coefficients(path: str | Path, predictor: str | None = None) -> pd.DataFrame:
    """The rows of a table of coefficients under leave-one-task-out, of one predictor or of all."""
    coefficients = pd.read_parquet(path)
    chosen = coefficients["protocol"] == "loto"
    if predictor is not None:
        chosen &= coefficients["predictor"] == predictor
    return coefficients[chosen]


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
