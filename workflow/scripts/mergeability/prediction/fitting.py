"""Run one predictor over all folds of one merger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mergeability.files import read_json, write_frame, write_json
from mergeability.naming import stable_seed
from mergeability.prediction.correlation import or_none, pearson, spearman
from mergeability.prediction.problem import Fit, Floats, Training, build_pairs, select_usable
from mergeability.prediction.protocols import Fold, loto

PREDICTION_COLUMNS = [
    "pair", "task_a", "task_b", "held_out_task", "merger", "observed", "predicted",
]  # fmt: skip


@dataclass(frozen=True)
class FoldResult:
    """The outcome of one fold.

    `predictions`: one row per usable held-out pair, sorted by pair, columns `PREDICTION_COLUMNS`.
    `diagnostics`: JSON-ready and self-describing: `predictor`, `method`, `parameters`, `seed`,
    `merger`, `target`, `protocol`, `held_out_task`; the counts `n_train_pairs`,
    `n_held_out_pairs`, `n_missing_train_pairs` and `n_missing_held_out_pairs` (pairs left out
    because a value is missing); `train_r`, `train_spearman`, `validation_r` and
    `validation_spearman` (null where undefined); `coefficients` by metric (null for methods
    without) and `fit`, which holds what the method reports of itself.
    """

    held_out_task: str
    predictions: pd.DataFrame
    diagnostics: dict[str, Any]


def fit_folds(
    table: pd.DataFrame,
    method: str,
    params: Mapping[str, Any],
    *,
    target: str,
    metrics: Sequence[str],
    seed: int,
    predictor: str | None = None,
) -> list[FoldResult]:
    """Fit a predictor on every leave-one-task-out fold of one merger's pairs table.

    One result per task of the table, sorted by task. `method` names the predictor's module,
    `predictor` the results (the method, unless several predictors share it). `params` holds all
    parameters, as `registry.resolve_parameters` returns them; `metrics` is empty for methods that
    use none, so that pairs without metrics count for them. The order of rows and of `metrics` does
    not matter. Seeds come from `seed`, the method and the held-out task.

    Raises `ValueError` for missing columns, several mergers in one table, repeated pairs, tables
    without a complete pair, and folds that leave no usable training pair.
    """
    merger = _only_merger(table)
    used = sorted(metrics)
    usable = select_usable(table, target, used)
    pairs = build_pairs(usable, used)
    tasks = sorted({*table["task_a"], *table["task_b"]})
    folds = loto(pairs.tasks, tasks)
    observed = usable[target].to_numpy(dtype=np.float64)
    trainings = [
        _training(fold, observed, stable_seed(method, fold.held_out_task, seed)) for fold in folds
    ]
    module = import_module(f"mergeability.prediction.{method}")
    fits: list[Fit] = module.fit(pairs, trainings, **params)

    identity = {
        "predictor": predictor or method, "method": method, "parameters": dict(params),
        "seed": seed,
        "merger": merger, "target": target, "protocol": "loto",
    }  # fmt: skip
    missing = table[~table["pair"].isin(usable["pair"])]
    return [
        FoldResult(
            fold.held_out_task,
            _predictions(usable, observed, fit.scores, fold),
            identity | _diagnostics(missing, observed, fit, fold, used),
        )
        for fold, fit in zip(folds, fits, strict=True)
    ]


def _only_merger(table: pd.DataFrame) -> str:
    mergers = sorted(set(table["merger"]))
    if len(mergers) != 1:
        raise ValueError(f"expected the pairs of one merger, got {mergers}")
    return str(mergers[0])


def _training(fold: Fold, observed: Floats, seed: int) -> Training:
    if not fold.train.any():
        raise ValueError(f"holding out {fold.held_out_task!r} leaves no usable training pair")
    return Training(fold.train, observed[fold.train], seed)


def _predictions(
    usable: pd.DataFrame, observed: Floats, scores: Floats, fold: Fold
) -> pd.DataFrame:
    held_out = usable.loc[fold.held_out, ["pair", "task_a", "task_b", "merger"]]
    frame = held_out.assign(
        held_out_task=fold.held_out_task,
        observed=observed[fold.held_out],
        predicted=scores[fold.held_out],
    )
    return frame[PREDICTION_COLUMNS].reset_index(drop=True)


def _diagnostics(
    missing: pd.DataFrame, observed: Floats, fit: Fit, fold: Fold, metrics: Sequence[str]
) -> dict[str, Any]:
    missing_held_out = int((missing[["task_a", "task_b"]] == fold.held_out_task).any(axis=1).sum())
    train = fit.scores[fold.train], observed[fold.train]
    held_out = fit.scores[fold.held_out], observed[fold.held_out]
    return {
        "held_out_task": fold.held_out_task,
        "n_train_pairs": int(fold.train.sum()),
        "n_held_out_pairs": int(fold.held_out.sum()),
        "n_missing_train_pairs": len(missing) - missing_held_out,
        "n_missing_held_out_pairs": missing_held_out,
        "train_r": or_none(pearson(*train)),
        "train_spearman": or_none(spearman(*train)),
        "validation_r": or_none(pearson(*held_out)),
        "validation_spearman": or_none(spearman(*held_out)),
        "coefficients": (
            None
            if fit.coefficients is None
            else dict(zip(metrics, fit.coefficients.tolist(), strict=True))
        ),
        "fit": fit.details,
    }


def write_fold(result: FoldResult, predictions: str | Path, diagnostics: str | Path) -> None:
    """Write the predictions as Parquet and the diagnostics as JSON."""
    write_frame(predictions, result.predictions)
    write_json(diagnostics, result.diagnostics)


def read_fold(predictions: str | Path, diagnostics: str | Path) -> FoldResult:
    """Read back what `write_fold` wrote."""
    content = read_json(diagnostics)
    return FoldResult(content["held_out_task"], pd.read_parquet(predictions), content)
