"""How well predictors do over several zoos: means over mergers, then over zoos, with intervals."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.registry import PROTOCOLS
from mergeability.prediction.skill import KEYS
from mergeability.prediction.summary import order_predictors

# No zoo can have this name.
ALL_ZOOS = "mean over zoos"
COLUMNS = [
    "target", "protocol", "statistic", "predictor", "method", "kind", "zoo", "set_aside", "merger",
    "n_zoos", "n_mergers", "n_tasks", "n_pairs",
    "value", "low", "high", "sd_over_zoos", "lowest_zoo", "highest_zoo",
]  # fmt: skip


class Measured(NamedTuple):
    """A statistic of one predictor: its value, what it is without each task, and its pairs."""

    value: float
    without: Mapping[str, float]
    n_pairs: int


def compare_zoos(
    summary: pd.DataFrame, left_out: pd.DataFrame, set_aside: Collection[str]
) -> pd.DataFrame:
    """The statistics of every protocol and predictor over zoos and mergers; columns `COLUMNS`.

    `summary` and `left_out` are those of `summary.summarize` and `summary.tabulate_left_out`, of
    all zoos one below the other, told apart by a column `zoo`. Of each target, protocol, statistic
    (see `registry.Protocol.statistics`) and predictor there is a row per zoo and merger; `zoo` is
    also `mean over zoos` and `merger` also `mean over mergers`: the mean over the mergers of each
    zoo, then over zoos. Zoos `set_aside` have rows of their own and are in no mean.

    - `value`, and `low` and `high`, its 95 % interval by jackknife over tasks (see
      `jackknife_interval`). Zoos of the same tasks are not independent: a task is left out of all
      of them at once.
    - `sd_over_zoos` (divided by the number of zoos less one), `lowest_zoo`, `highest_zoo`: the
      spread of the zoos' own values around the mean; missing for a single zoo.
    - `n_pairs`: the pairs that every merger rests on at least, summed over zoos.

    A mean is undefined (NaN) where one of its terms is.
    """
    rows = [
        {**about, **row, "set_aside": row["zoo"] in set_aside}
        for about, by_zoo in _groups(summary, left_out)
        for row in _rows(by_zoo, set_aside)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def average(parts: Sequence[Measured], n_pairs: int) -> Measured:
    """The mean of several statistics, each of which may be of other tasks.

    Without a task, it is the mean with those statistics that do not know the task unchanged.
    """
    tasks = sorted({task for part in parts for task in part.without})
    without = {
        task: float(np.mean([part.without.get(task, part.value) for part in parts]))
        for task in tasks
    }
    return Measured(float(np.mean([part.value for part in parts])), without, n_pairs)


def _groups(
    summary: pd.DataFrame, left_out: pd.DataFrame
) -> Iterator[tuple[dict[str, Any], dict[str, dict[str, Measured]]]]:
    """What a group is about, and its statistic by zoo and merger."""
    without = {key: rows.set_index("task") for key, rows in left_out.groupby(["zoo", *KEYS])}
    for (target, protocol), rows in summary.groupby(["target", "protocol"]):
        for predictor in order_predictors(rows):
            own = rows[rows["predictor"] == predictor]
            about = {"target": target, "protocol": protocol, "predictor": predictor}
            about |= {name: own[name].iloc[0] for name in ("method", "kind")}
            for statistic in PROTOCOLS[str(protocol)].statistics:
                by_zoo: dict[str, dict[str, Measured]] = {}
                for zoo, merger, value, n_pairs in own[
                    ["zoo", "merger", statistic, "n_pairs"]
                ].itertuples(index=False):
                    values = without[zoo, target, protocol, predictor, merger][statistic]
                    by_zoo.setdefault(zoo, {})[merger] = Measured(
                        value, dict(zip(values.index, values, strict=True)), n_pairs
                    )
                yield about | {"statistic": statistic}, by_zoo


def _rows(
    by_zoo: Mapping[str, Mapping[str, Measured]], set_aside: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Means over zoos, single zoos, zoos set aside; of each, the mean over mergers first."""
    complete = {
        zoo: {ALL_MERGERS: _mean_over_mergers(by_merger), **dict(sorted(by_merger.items()))}
        for zoo, by_merger in sorted(by_zoo.items(), key=lambda item: (item[0] in set_aside, item))
    }
    averaged = {zoo: found for zoo, found in complete.items() if zoo not in set_aside}
    for merger in sorted({name for found in averaged.values() for name in found}, key=_mean_first):
        parts = [found[merger] for found in averaged.values() if merger in found]
        mean = average(parts, sum(part.n_pairs for part in parts))
        values = np.array([part.value for part in parts])
        n_mergers = max(len(found) - 1 for found in averaged.values())
        yield _row(ALL_ZOOS, merger, mean, len(parts), n_mergers) | {
            "sd_over_zoos": values.std(ddof=1) if len(values) > 1 else np.nan,
            "lowest_zoo": values.min(),
            "highest_zoo": values.max(),
        }
    for zoo, found in complete.items():
        for merger, measured in found.items():
            yield _row(zoo, merger, measured, 1, len(found) - 1)


def _mean_first(merger: str) -> tuple[bool, str]:
    return merger != ALL_MERGERS, merger


def _mean_over_mergers(by_merger: Mapping[str, Measured]) -> Measured:
    parts = list(by_merger.values())
    return average(parts, min(part.n_pairs for part in parts))


def _row(zoo: str, merger: str, measured: Measured, n_zoos: int, n_mergers: int) -> dict[str, Any]:
    left_out = np.array(list(measured.without.values()))[:, None]
    low, high = jackknife_interval(np.array([measured.value]), left_out)
    return {
        "zoo": zoo,
        "merger": merger,
        "n_zoos": n_zoos,
        "n_mergers": n_mergers if merger == ALL_MERGERS else 1,
        "n_tasks": len(left_out),
        "n_pairs": measured.n_pairs,
        "value": measured.value,
        "low": low[0],
        "high": high[0],
    }
