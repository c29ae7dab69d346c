"""Run one predictor over all folds of one merger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mergeability.files import read_json, write_frame, write_json
from mergeability.joblog import logger
from mergeability.prediction.correlation import or_none, pearson, spearman
from mergeability.prediction.pooling import fit_pooled
from mergeability.prediction.predictors import fit_predictor
from mergeability.prediction.problem import Fit, Floats, Mask, build_pairs, usable_rows
from mergeability.prediction.protocols import Fold, make_folds
from mergeability.prediction.proxies import directions, proxy_values
from mergeability.prediction.registry import PREDICTORS

PREDICTION_COLUMNS = [
    "pair", "task_a", "task_b", "held_out", "merger", "observed", "predicted",
]  # fmt: skip


@dataclass(frozen=True)
class FoldResult:
    """The outcome of one fold.

    `held_out` names what was held out: a task (loto), a pair (l2to) or a split of the tasks.
    `predictions`: one row per usable held-out pair, sorted by pair, columns `PREDICTION_COLUMNS`,
    and `low` and `high` from methods that give intervals.
    `diagnostics`: JSON-ready and self-describing: `predictor`, `method`, `parameters`, `seed`,
    `merger`, `target`, `protocol`, `held_out`; the counts `n_train_pairs`, `n_held_out_pairs`,
    `n_missing_pairs` (of the zoo, left out because a value is missing), `n_missing_train_pairs` and
    `n_missing_held_out_pairs`; `train_mean` (of the target), `train_r`, `train_spearman`,
    `validation_r` and `validation_spearman` (null where undefined); `coefficients` by metric (null
    for methods without) and `fit`, which holds what the method reports of itself.
    """

    held_out: str
    predictions: pd.DataFrame
    diagnostics: dict[str, Any]


def log_left_out(table: pd.DataFrame, metrics: Sequence[str]) -> None:
    """Say in the log how many pairs of one merger's table lack a metric, and which metrics.

    `fit_folds` leaves such pairs out. It is silent, since some analyses call it a thousand times.
    """
    lacking = [name for name in sorted(metrics) if table[name].isna().any()]
    if lacking:
        logger.info(
            "%s: %d of %d pairs are left out; metrics that some lack: %s",
            _only_merger(table),
            table[lacking].isna().any(axis=1).sum(),
            len(table),
            ", ".join(lacking),
        )


def fit_folds(
    table: pd.DataFrame,
    method: str,
    params: Mapping[str, Any],
    *,
    target: str,
    metrics: Sequence[str],
    seed: int,
    predictor: str | None = None,
    protocol: str = "loto",
    only: Collection[str] | None = None,
    proxies: Sequence[str] = (),
    others: Mapping[str, pd.DataFrame] | None = None,
) -> list[FoldResult]:
    """Fit a predictor on every fold of one merger's pairs table.

    One result per fold, in the order of `protocols.make_folds` for the sorted tasks and pairs of
    the table. `method` names the predictor's module, `predictor` the results (the method, unless
    several predictors share it). `params` holds all parameters, as `registry.resolve_parameters`
    returns them; `metrics` is empty for methods that use none, so that pairs without metrics count
    for them. Pairs outside `only`, where it is given, count as missing.
    `proxies` are zoos whose values `proxies.join_proxies` has added to the table. `others` are the
    pairs tables of further zoos to learn from; tasks that a fold has not seen here are held out of
    all of them (see `pooling.fit_pooled`). The order of rows and of `metrics` does not matter.
    Seeds come from `seed`, the method and the name of the fold.

    Raises `ValueError` for missing columns, several mergers in one table, repeated pairs, tables
    without a complete pair, and folds that leave no usable training pair.
    """
    merger = _only_merger(table)
    used = sorted(metrics)
    ordered = table.sort_values("pair", ignore_index=True)
    usable = usable_rows(ordered, target, used, only)
    rows = ordered[usable].reset_index(drop=True)
    observed = rows[target].to_numpy(dtype=np.float64)
    tasks = sorted({*table["task_a"], *table["task_b"]})
    folds = make_folds(protocol, ordered[["task_a", "task_b"]].to_numpy(dtype=np.str_), tasks)
    training = {fold.name: _training(fold, usable) for fold in folds}
    if others:
        unseen = {fold.name: _unseen(ordered, fold) for fold in folds}
        fits = fit_pooled(
            rows, others, training, unseen, method, params, target=target, metrics=used, seed=seed
        )
    else:
        fits = fit_rows(rows, training, method, params, target, used, seed, proxies)

    identity = {
        "predictor": predictor or method, "method": method, "parameters": dict(params),
        "seed": seed, "merger": merger, "target": target, "protocol": protocol,
    }  # fmt: skip
    return [
        FoldResult(
            fold.name,
            _predictions(rows, observed, fit, fold.name, fold.held_out[usable]),
            identity | _diagnostics(observed, fit, fold, usable, used),
        )
        for fold, fit in zip(folds, fits, strict=True)
    ]


def fit_rows(
    rows: pd.DataFrame,
    training: Mapping[str, Mask],
    method: str,
    params: Mapping[str, Any],
    target: str,
    metrics: Sequence[str],
    seed: int,
    proxies: Sequence[str] = (),
) -> list[Fit]:
    """Fit a predictor to rows of a pairs table, once per mask (rows,) of `training`, in its order.

    Targets are read where a mask says so, and may be missing elsewhere. See `fit_folds` for the
    rest.
    """
    of_each = directions(rows, target) if PREDICTORS[method].looks_at == "directions" else None
    pairs = build_pairs(rows, sorted(metrics), proxy_values(rows, proxies))
    observed = rows[target].to_numpy(dtype=np.float64)
    return fit_predictor(pairs, training, observed, method, params, seed, of_each)


def _only_merger(table: pd.DataFrame) -> str:
    mergers = sorted(set(table["merger"]))
    if len(mergers) != 1:
        raise ValueError(f"expected the pairs of one merger, got {mergers}")
    return str(mergers[0])


def _training(fold: Fold, usable: Mask) -> Mask:
    train: Mask = fold.train[usable]
    if not train.any():
        raise ValueError(
            f"holding out {fold.name!r} leaves no usable training pair; the zoo needs more tasks "
            "with complete pairs for this protocol"
        )
    return train


def _unseen(table: pd.DataFrame, fold: Fold) -> set[str]:
    """The tasks of the held-out pairs that no training pair has."""
    tasks = table[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    return {*tasks[fold.held_out].ravel().tolist()} - {*tasks[fold.train].ravel().tolist()}


def _predictions(
    rows: pd.DataFrame, observed: Floats, fit: Fit, name: str, held_out: Mask
) -> pd.DataFrame:
    frame = rows.loc[held_out, ["pair", "task_a", "task_b", "merger"]].assign(
        held_out=name, observed=observed[held_out], predicted=fit.scores[held_out]
    )[PREDICTION_COLUMNS]
    if fit.interval is not None:
        frame = frame.assign(low=fit.interval[0][held_out], high=fit.interval[1][held_out])
    return frame.reset_index(drop=True)


def _diagnostics(
    observed: Floats, fit: Fit, fold: Fold, usable: Mask, metrics: Sequence[str]
) -> dict[str, Any]:
    inside, outside = fold.train[usable], fold.held_out[usable]
    train = fit.scores[inside], observed[inside]
    held_out = fit.scores[outside], observed[outside]
    return {
        "held_out": fold.name,
        "n_train_pairs": int(inside.sum()),
        "n_held_out_pairs": int(outside.sum()),
        "n_missing_pairs": int((~usable).sum()),
        "n_missing_train_pairs": int((fold.train & ~usable).sum()),
        "n_missing_held_out_pairs": int((fold.held_out & ~usable).sum()),
        "train_mean": float(train[1].mean()),
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
    """Write the predictions of one fold as Parquet and its diagnostics as a JSON object."""
    write_frame(predictions, result.predictions)
    write_json(diagnostics, result.diagnostics)


def write_folds(
    results: Sequence[FoldResult], predictions: str | Path, diagnostics: str | Path
) -> None:
    """Write many folds into two files: one Parquet table, and a JSON list of diagnostics."""
    frame = pd.concat([result.predictions for result in results], ignore_index=True)
    write_frame(predictions, frame)
    write_json(diagnostics, [result.diagnostics for result in results])


def read_folds(predictions: str | Path, diagnostics: str | Path) -> list[FoldResult]:
    """Read back what `write_fold` or `write_folds` wrote."""
    frame = pd.read_parquet(predictions)
    by_fold = {name: rows.reset_index(drop=True) for name, rows in frame.groupby("held_out")}
    content = read_json(diagnostics)
    return [
        FoldResult(fold["held_out"], by_fold.get(fold["held_out"], frame.iloc[:0]), fold)
        for fold in (content if isinstance(content, list) else [content])
    ]
