"""All that is recommended, as one table."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.analysis.choices import measure_choices
from mergeability.joblog import logger
from mergeability.naming import pair_name, split_pair
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.correlation import Floats
from mergeability.prediction.designs import design
from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks
from mergeability.recommendation.by_merges import tell_by_merges
from mergeability.recommendation.by_metrics import tell_by_metrics
from mergeability.recommendation.by_proxies import TARGET, Proxies, tell_by_proxies
from mergeability.recommendation.evidence import MEASURED, Evidence
from mergeability.recommendation.extrapolation import possible_range
from mergeability.recommendation.forecast import Learner

COVERAGE_COLUMNS = [
    "merger", "share", "low", "high", "mean_width", "n_intervals", "n_pairs", "n_tasks",
]  # fmt: skip
IMPOSSIBLE = "which is not possible"  # ends `why`


class Recommendation(NamedTuple):
    """`pairs`: one row per new pair and merger, best pair first, its best merger first.

    Columns: pair, task_a, task_b, merger; `evidence` (`measured`, `merges`, `proxies` or `metrics`)
    and the `proxies` that know the pair; predicted_<target>, low, high, and predicted_<target>_a
    and _b of each task where the evidence tells; `rank` of the pair by its best merger, and
    `merger_rank` within the pair, both from 1; `outside` of what was learned from, and `why` (empty
    where inside). Predictions that are not possible are outside, come last, and
    like all intervals end where the possible does (`possible_range`).

    `choices`: per evidence, what choosing by such predictions achieves where merges are known (see
    `measure_choices`). `coverage`: how often intervals held on held-out tasks (see
    `summarize_coverage`); without rows where too few pairs are known to measure it. `about`: per
    evidence, how predictions are made. `means`: of the target by merger, over the known pairs.
    `borrowed`: intervals of proxies come from zoos of other backbones alone.
    `unranked`: the pairs that no evidence tells of. `first`: the pairs to merge first.
    """

    target: str
    pairs: pd.DataFrame
    choices: pd.DataFrame
    coverage: pd.DataFrame
    about: Mapping[str, str]
    means: Mapping[str, float]
    borrowed: bool
    unranked: Sequence[str]
    first: Sequence[str]

    @property
    def best_on_average(self) -> str:
        """The merger of the largest mean target over the known pairs."""
        return max(sorted(self.means), key=lambda merger: self.means[merger])


def recommend(
    known: Mapping[str, pd.DataFrame],
    new: pd.DataFrame,
    learner: Learner | None,
    proxies: Proxies | None = None,
    *,
    merges: Mapping[str, pd.DataFrame] | None = None,
    zoo: str = "",
    partners: int = 0,
) -> Recommendation:
    """Rank new pairs and mergers by merges, by what proxies know of their tasks, or by metrics.

    `known`: the pairs tables of each merger in `zoo`, a zoo of the candidates' backbone; empty
    without one, and `learner` is None then. `new`: task_a, task_b of each pair, in any order, and
    its metrics where there is a learner. Nothing is fitted where proxies know all pairs. `merges`:
    pairs tables of candidates that were merged, by merger; what these tell comes first. `partners`
    of each candidate are proposed to be merged first, less what was (see `designs.design`).

    Raises `ValueError` where no evidence tells of any pair, and as `tell_by_metrics` does.
    """
    new = new.sort_values(["task_a", "task_b"], ignore_index=True)
    new = new.assign(pair=[pair_name(*tasks) for tasks in zip(new.task_a, new.task_b, strict=True)])
    target = learner.target if learner else TARGET
    found: list[Evidence] = []
    lacking = new
    if merges:
        found.append(tell_by_merges(new, merges, proxies))
    if proxies:
        found.append(tell_by_proxies(new, proxies, known, zoo))
        told = found[-1].rows.groupby(["task_a", "task_b"]).size()
        everywhere = told[told == len(proxies.tables)].index
        lacking = new[~pd.MultiIndex.from_frame(new[["task_a", "task_b"]]).isin(everywhere)]
    if learner and len(lacking):
        found.append(tell_by_metrics(known, lacking.reset_index(drop=True), learner))
    parts = [evidence.rows for evidence in found if len(evidence.rows)]
    if not parts:
        raise ValueError(
            "no proxy has merged the tasks of any two candidates; say with `task` which of their "
            "tasks each candidate is of"
        )
    every = pd.concat(parts, ignore_index=True)
    every["pair"] = [pair_name(*tasks) for tasks in zip(every.task_a, every.task_b, strict=True)]
    every = every.drop_duplicates(["pair", "merger"])  # merges come first, metrics last
    measured = set(every["pair"][every["evidence"] == MEASURED])
    unranked = sorted({*new["pair"]} - {*every["pair"]})
    if unranked:
        logger.warning("not ranked, since no evidence tells of them: %s", ", ".join(unranked))
    values = {merger: table[target] for merger, table in sorted(known.items())}
    if proxies and not known:
        values = {
            merger: pd.concat([table[target] for table in tables.values()])
            for merger, tables in sorted(proxies.tables.items())
        }
    limits = possible_range(pd.concat(values.values()).to_numpy(dtype=np.float64))
    return Recommendation(
        target,
        _ranked(_made_possible(every, limits), target),
        _of_each(found, lambda one: measure_choices(one.tested)),
        _of_each(found, lambda one: summarize_coverage(one.intervals)),
        {one.name: one.about for one in found if len(one.rows)},
        {merger: float(column.mean()) for merger, column in values.items()},
        any(one.borrowed and len(one.rows) for one in found),
        unranked,
        sorted({*design({*new["task_a"], *new["task_b"]}, partners)} - measured),
    )


def table_to_fill(found: Recommendation) -> pd.DataFrame:
    """The merges to make first as a plain table of measurements, without the accuracies."""
    columns = ["task_a", "task_b", "merger", "accuracy_a", "accuracy_b"]
    rows = [
        [*split_pair(pair), merger, None, None] for pair in found.first for merger in found.means
    ]
    return pd.DataFrame(rows, columns=columns)


def _of_each(
    found: Sequence[Evidence], measure: Callable[[Evidence], pd.DataFrame]
) -> pd.DataFrame:
    """One table of what is measured of each evidence that tells of a pair."""
    tables = [measure(one).assign(evidence=one.name) for one in found if len(one.rows)]
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def summarize_coverage(tried: pd.DataFrame) -> pd.DataFrame:
    """How often the intervals of `measure_coverage` held, per merger and for all together.

    Columns: merger; `share` of intervals that held, with a 95 % interval by jackknife over tasks
    (`low`, `high`); their `mean_width`; `n_intervals`, `n_pairs`, `n_tasks`.
    """
    every = tried.assign(merger=ALL_MERGERS)
    rows = []
    for merger, group in pd.concat([tried, every]).groupby("merger", sort=False):
        tasks = group[["task_a", "task_b"]].to_numpy(dtype=np.str_)
        share = partial(_share, group["held"].to_numpy(dtype=np.float64))
        estimate = share(np.ones(len(group), dtype=np.bool_))
        low, high = jackknife_interval(estimate, np.stack(leave_out_tasks(tasks, share)))
        rows.append(
            {
                "merger": merger,
                "share": estimate[0],
                "low": max(low[0], 0.0),
                "high": high[0],
                "mean_width": (group["high"] - group["low"]).mean(),
                "n_intervals": len(group),
                "n_pairs": group["pair"].nunique(),
                "n_tasks": len(np.unique(tasks)),
            }
        )
    return pd.DataFrame(rows, columns=COVERAGE_COLUMNS)


def _share(held: Floats, kept: NDArray[np.bool_]) -> Floats:
    return held[kept].mean(keepdims=True)


def _made_possible(every: pd.DataFrame, limits: tuple[float, float]) -> pd.DataFrame:
    """Predictions and intervals inside of `limits`; those that were not are `impossible`."""
    impossible = ~every["predicted"].between(*limits)
    reasons = every["why"].where(every["why"] == "", every["why"] + "; ")
    reasons += [f"predicted {value:.3g}, {IMPOSSIBLE}" for value in every["predicted"]]
    return every.assign(
        impossible=impossible,
        outside=every["outside"] | impossible,
        why=every["why"].where(~impossible, reasons),
        **every[["predicted", "low", "high"]].clip(*limits),
    )


def _ranked(every: pd.DataFrame, target: str) -> pd.DataFrame:
    ordered = every.sort_values(
        ["impossible", "predicted", "pair", "merger"],
        ascending=[True, False, True, True],
        ignore_index=True,
    )
    ordered["merger_rank"] = ordered.groupby("pair").cumcount() + 1
    best = ordered[ordered["merger_rank"] == 1]["pair"]
    rank = dict(zip(best, range(1, len(best) + 1), strict=True))
    ordered["rank"] = ordered["pair"].map(rank)
    columns = [
        "pair", "task_a", "task_b", "merger", "evidence", "proxies", "predicted", "low", "high",
        "predicted_a", "predicted_b", "rank", "merger_rank", "outside", "why",
    ]  # fmt: skip
    ordered = ordered.sort_values(["rank", "merger_rank"], ignore_index=True)[columns]
    named = {f"predicted{end}": f"predicted_{target}{end}" for end in ("", "_a", "_b")}
    return ordered.rename(columns=named)
