"""What merging left of the same tasks in other zoos, on whatever backbone."""

from collections.abc import Iterable, Mapping, Sequence
from math import floor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from mergeability.prediction.pairs_table import read_by_merger
from mergeability.prediction.problem import CONFIDENCE, Floats
from mergeability.prediction.proxies import join_proxies, proxy_values
from mergeability.prediction.registry import PROXY
from mergeability.recommendation.evidence import COLUMNS, PROXIES, Evidence
from mergeability.recommendation.forecast import groups_of_tasks, which_held

TARGET = "normalized_accuracy"  # proxies are compared by shares: accuracies differ by backbone

Tables = Mapping[str, Mapping[str, pd.DataFrame]]


class Proxies(NamedTuple):
    """`tables`: the pairs tables of other zoos, by merger and zoo. `tasks`: of each candidate."""

    tables: Tables
    tasks: Mapping[str, str]


def read_proxies(
    zoos: Sequence[str], files: Sequence[str | Path], tasks: Mapping[str, str]
) -> Proxies | None:
    """Proxies from pairs tables: `files` has those of the first zoo, the next, and so on."""
    if not zoos:
        return None
    found: dict[str, dict[str, pd.DataFrame]] = {}
    per_zoo = len(files) // len(zoos)
    for number, zoo in enumerate(zoos):
        tables = read_by_merger(files[number * per_zoo : (number + 1) * per_zoo])
        for merger, table in tables.items():
            found.setdefault(merger, {})[zoo] = table
    return Proxies(found, tasks)


def tell_by_proxies(
    new: pd.DataFrame, proxies: Proxies, known: Mapping[str, pd.DataFrame], zoo: str = ""
) -> Evidence:
    """Predict the pairs of `new` (task_a, task_b: candidates) that some proxy knows.

    What is left of each task is the mean over the proxies of what was left of it there, and the
    prediction is the mean of both tasks: nothing is fitted. The interval adds and subtracts

        the k-th smallest of |observed - predicted|,   k = n + 1 - floor((1 - CONFIDENCE) (n + 1))

    over the n pairs of `known`, the pairs tables of `zoo` by merger, that a proxy other than `zoo`
    knows (split conformal prediction; Lei et al., JASA 113, 2018). Where fewer than nine are known,
    each proxy takes the place of `known` in turn, predicted by the others. It is NaN where that
    says nothing either.
    """
    asked = {merger: {zoo: table} for merger, table in known.items()}
    compared = _compare(asked, proxies.tables)
    own = bool(known) and all(
        np.isfinite(_reach(compared[compared["merger"] == merger])) for merger in proxies.tables
    )
    if not own:
        compared = _compare(proxies.tables, proxies.tables)
    parts = []
    for merger, tables in sorted(proxies.tables.items()):
        rows = _join_by_task(new, tables, proxies.tasks)
        reach = _reach(compared[compared["merger"] == merger])
        parts.append(
            rows.assign(
                merger=merger, evidence=PROXIES, outside=False, why="",
                low=rows["predicted"] - reach, high=rows["predicted"] + reach,
            )
        )  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)[COLUMNS]
    # Partners are compared over mergers: by the pairs that all of them merged.
    mergers = compared.groupby(["held_out", "pair"])["merger"].transform("size")
    tested = compared[mergers == len(proxies.tables)]
    intervals, about = _try_intervals(compared), _about(compared, own, zoo)
    return Evidence(PROXIES, rows, tested, intervals, about, borrowed=not own)


def values_by_task(
    new: pd.DataFrame, tables: Mapping[str, pd.DataFrame], tasks: Mapping[str, str]
) -> Floats:
    """What each proxy left of the task of each candidate: (pairs, 2, proxies), NaN where unknown.

    No zoo merges two checkpoints of one task.
    """
    of_each = np.array([[tasks[a], tasks[b]] for a, b in zip(new.task_a, new.task_b, strict=True)])
    there = pd.DataFrame({"pair": ["__".join(pair) for pair in np.sort(of_each, axis=1)]})
    values = proxy_values(join_proxies(there, tables, TARGET), tables)
    turned = of_each[:, 0] > of_each[:, 1]
    values[turned] = values[turned, ::-1]
    return values


def names_of_known(values: Floats, zoos: Iterable[str]) -> list[str]:
    """Which proxies know each pair, from `values_by_task`."""
    known = np.isfinite(values.sum(axis=1))  # (pairs, proxies)
    names = np.array(list(zoos))
    return [", ".join(names[row]) for row in known]


def _join_by_task(
    new: pd.DataFrame, tables: Mapping[str, pd.DataFrame], tasks: Mapping[str, str]
) -> pd.DataFrame:
    """The pairs that some proxy knows, with the mean of what it says of each task, and who does."""
    values = values_by_task(new, tables, tasks)
    known = np.isfinite(values.sum(axis=1))  # (pairs, proxies)
    count = known.sum(axis=1)
    total = np.where(known[:, None], values, 0).sum(axis=2)
    kept = total / np.where(count > 0, count, np.nan)[:, None]
    rows = new[["task_a", "task_b"]].assign(
        predicted=kept.mean(axis=1), predicted_a=kept[:, 0], predicted_b=kept[:, 1],
        proxies=names_of_known(values, tables),
    )  # fmt: skip
    return rows[count > 0]


def _compare(zoos: Tables, proxies: Tables) -> pd.DataFrame:
    """What the proxies say of pairs in each zoo, never by the zoo itself, beside what was observed.

    A table for `measure_choices`; `held_out` is the zoo, `level` the mean observed value of its
    pairs without the tasks of the pair.
    """
    columns = ["pair", "task_a", "task_b", "merger", "observed", "predicted", "held_out", "level"]
    parts = [pd.DataFrame(columns=columns).astype({"observed": float, "predicted": float})]
    for merger, tables in sorted(zoos.items()):
        for zoo, table in sorted(tables.items()):
            others = {name: rows for name, rows in proxies[merger].items() if name != zoo}
            if others:
                joined = join_proxies(table, others, TARGET)
                joined = joined.rename(columns={PROXY: "predicted", TARGET: "observed"})
                joined = joined[joined[["observed", "predicted"]].notna().all(axis=1)]
                level = _levels(joined)
                parts.append(joined.assign(merger=merger, held_out=zoo, level=level)[columns])
    # Nothing was fitted, so that all pairs of a zoo compare as in one fold of `split`.
    about = {"protocol": "split", "predictor": PROXIES, "method": "directional"}
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True).assign(
        **about
    )


def _levels(rows: pd.DataFrame) -> list[float]:
    """For each pair, the mean observed value of the pairs that share no task with it."""
    tasks, observed = rows[["task_a", "task_b"]], rows["observed"]
    apart = [~tasks.isin(pair).any(axis=1) for pair in tasks.to_numpy().tolist()]
    return [float(observed[others].mean()) for others in apart]


def _reach(compared: pd.DataFrame) -> float:
    """Half the width of intervals; of a pair that several zoos know, the largest error counts."""
    errors = (compared["observed"] - compared["predicted"]).abs()
    worst = np.sort(errors.groupby(compared["pair"]).max().to_numpy(dtype=np.float64))
    beyond = floor((1 - CONFIDENCE) * (len(worst) + 1) + 1e-9)
    return float(worst[len(worst) - beyond]) if beyond else np.nan


def _try_intervals(compared: pd.DataFrame) -> pd.DataFrame:
    """How often intervals hold for tasks that were not compared; see `measure_coverage`."""
    tables = []
    for _, rows in compared.groupby("merger", sort=True):
        for tried, rest in groups_of_tasks(rows):
            reach = _reach(rest)
            low, high = tried["predicted"] - reach, tried["predicted"] + reach
            tables.append(tried.assign(low=low, high=high))
    return which_held(tables)


def _about(compared: pd.DataFrame, own: bool, zoo: str) -> str:
    made = (
        "What merging left of the same two tasks in the zoos that are named, as it is: nothing is "
        "fitted. "
    )
    n_pairs = compared["pair"].nunique()
    if own:
        return made + (
            f"Intervals are as wide as holds {CONFIDENCE:.0%} of the differences between these "
            f"zoos and {zoo}, a zoo of your backbone, over {n_pairs} pairs that both know."
        )
    if n_pairs:
        return made + (
            f"Intervals are as wide as holds {CONFIDENCE:.0%} of the differences among these "
            f"zoos, over {n_pairs} pairs. How far they are off on your backbone was not measured."
        )
    return made + "How far this is off was not measured, so there are no intervals."
