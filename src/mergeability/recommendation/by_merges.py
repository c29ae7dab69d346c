"""What the merges of candidates that were run already say of the others."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mergeability.measurements.folder import find_measurements
from mergeability.measurements.reader import read_measured_pairs
from mergeability.measurements.tables import mergers_and_tasks, read_measured_table
from mergeability.prediction.predictors import fit_predictor
from mergeability.prediction.problem import Floats, Mask, Pairs
from mergeability.prediction.registry import resolve_parameters
from mergeability.recommendation.by_proxies import TARGET, Proxies, names_of_known, values_by_task
from mergeability.recommendation.evidence import COLUMNS, MEASURED, MERGES, Evidence

METHOD = "directional"
_FOR_AN_INTERVAL = 9  # fewer errors have no 90th percentile


def read_merges(pairs: str, singles: str) -> dict[str, pd.DataFrame]:
    """The pairs tables of candidates by merger, from plain tables (see `measurements.tables`)."""
    mergers, _ = mergers_and_tasks(read_measured_table("pairs", pairs))
    found = find_measurements({"pairs": pairs, "singles": singles}, tuple(mergers))
    return {merger: read_measured_pairs(found, merger) for merger in mergers}


def tell_by_merges(
    new: pd.DataFrame, merges: Mapping[str, pd.DataFrame], proxies: Proxies | None
) -> Evidence:
    """Pairs of `new` that were merged, and predictions of others of the candidates in these.

    `new`: pair, task_a, task_b, sorted within the pair. `merges`: pairs tables by merger, NaN where
    a pair was not merged. The others are predicted by `predictors.directional` from all that was
    merged and from proxies, with its interval; that is NaN where fewer than nine pairs were merged.
    """
    parts = [
        _of_merger(new, table, proxies, merger)
        for merger, table in sorted(merges.items())
        if table[TARGET].notna().any()
    ]
    empty = pd.DataFrame(columns=COLUMNS)
    rows = pd.concat(parts, ignore_index=True)[COLUMNS] if parts else empty
    n_merges = int((rows["evidence"] == MEASURED).sum())
    about = (
        f"Your {n_merges} merges, and what they tell of the other pairs of their checkpoints: how "
        "easily each is disturbed, and how much it disturbs"
        + (", beside what proxies say. " if proxies else ". ")
        + "Intervals are made from how far each of your merges was missed when it was left out."
    )
    tested = pd.DataFrame(columns=["protocol"])
    intervals = pd.DataFrame(columns=["merger", "task_a", "task_b", "held"])
    return Evidence(MERGES, rows, tested, intervals, about)


def _of_merger(
    new: pd.DataFrame, table: pd.DataFrame, proxies: Proxies | None, merger: str
) -> pd.DataFrame:
    columns = [TARGET, f"{TARGET}_a", f"{TARGET}_b"]
    known = table.set_index("pair")[columns].reindex(new["pair"]).to_numpy(dtype=np.float64)
    merged: Mask = np.isfinite(known).all(axis=1)
    candidates = {*new["task_a"][merged], *new["task_b"][merged]}
    told = new[["task_a", "task_b"]].isin(candidates).all(axis=1) & (merged | (merged.sum() > 1))
    values = np.empty((len(new), 2, 0))
    tables = proxies.tables[merger] if proxies else {}
    if proxies:
        values = values_by_task(new, tables, proxies.tasks)
    score, low, high = _predict(new, known, merged, values)
    each = np.where(merged[:, None], known[:, 1:], np.nan)
    return new[["task_a", "task_b"]].assign(
        merger=merger, evidence=np.where(merged, MEASURED, MERGES),
        proxies=np.where(merged, "", names_of_known(values, tables)),
        predicted=np.where(merged, known[:, 0], score), predicted_a=each[:, 0],
        predicted_b=each[:, 1], low=np.where(merged, known[:, 0], low),
        high=np.where(merged, known[:, 0], high), outside=False, why="",
    )[told]  # fmt: skip


def _predict(
    new: pd.DataFrame, known: Floats, merged: Mask, proxies: Floats
) -> tuple[Floats, Floats, Floats]:
    """Scores and both ends of intervals, from the pairs that were merged."""
    tasks = new[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    pairs = Pairs(tasks, np.full(tasks.shape, np.nan), np.empty((len(tasks), 0)), proxies)
    parameters = resolve_parameters(METHOD, {})
    (fit,) = fit_predictor(pairs, {"all": merged}, known[:, 0], METHOD, parameters, 0, known[:, 1:])
    unknown = np.full(len(tasks), np.nan)
    if fit.interval is None or merged.sum() < _FOR_AN_INTERVAL:
        return fit.scores, unknown, unknown
    return fit.scores, *fit.interval
