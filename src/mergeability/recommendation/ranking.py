"""All that is recommended, as one table."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.analysis.choices import measure_choices, tabulate_predictions
from mergeability.joblog import logger
from mergeability.naming import pair_name
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.correlation import Floats
from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks
from mergeability.recommendation.extrapolation import Reach, measure_reach, possible_range
from mergeability.recommendation.forecast import Learner, forecast, measure_coverage

COVERAGE_COLUMNS = [
    "merger", "share", "low", "high", "mean_width", "n_intervals", "n_pairs", "n_tasks",
]  # fmt: skip
_METRICS_NAMED = 3
IMPOSSIBLE = "which is not possible"  # ends `why`


class Recommendation(NamedTuple):
    """`pairs`: one row per new pair and merger, best pair first, its best merger first.

    Columns: pair, task_a, task_b, merger; predicted_<target>, low, high; `rank` of the pair by its
    best merger, and `merger_rank` within the pair, both from 1; `outside` of what was learned from,
    and `why` (empty where inside). Predictions that are not possible are outside, come last, and
    like all intervals end where the possible does (`possible_range`).

    `choices`: what choosing by such predictions achieves on held-out tasks of the zoo (see
    `measure_choices`). `coverage`: how often intervals held on held-out tasks (see
    `summarize_coverage`); without rows where the zoo is too small to measure it.
    `best_on_average`: the merger of the largest mean target over the known pairs.
    """

    pairs: pd.DataFrame
    choices: pd.DataFrame
    coverage: pd.DataFrame
    best_on_average: str


def recommend(
    known: Mapping[str, pd.DataFrame], new: pd.DataFrame, learner: Learner
) -> Recommendation:
    """Rank new pairs and mergers by what the pairs tables `known` of each merger teach.

    `new`: task_a, task_b and metrics of each pair, in any order. A pair that lacks some metrics is
    predicted from the others, by a fit of its own; a warning and `why` say so. A pair
    without any is left out, with a warning. Raises `ValueError` for metrics that one side lacks
    altogether.
    """
    for name, table in [("candidates", new), *known.items()]:
        if absent := sorted(set(learner.metrics) - set(table.columns)):
            raise ValueError(f"the pairs of {name} lack the metrics {absent}; compute them again")
    taught = next(iter(known.values()))[list(learner.metrics)].notna().all(axis=1)
    if not taught.all():
        logger.warning(
            "%d of %d known pairs lack a metric and are left out", (~taught).sum(), len(taught)
        )
    new = new.sort_values(["task_a", "task_b"], ignore_index=True)
    predicted = f"predicted_{learner.target}"
    parts, held_out = [], {}
    for lacking, group in _by_lacking_metrics(new, learner.metrics):
        able = learner._replace(metrics=[m for m in learner.metrics if m not in lacking])
        forecasts = {
            merger: forecast(table, group, able) for merger, table in sorted(known.items())
        }
        held_out[lacking] = [fold for found in forecasts.values() for fold in found.held_out]
        reach = measure_reach(next(iter(known.values())), group, list(able.metrics))
        flags = group[["task_a", "task_b"]].assign(
            outside=reach.outside, why=explain(reach, able.metrics, lacking)
        )
        parts += [
            found.new.assign(merger=merger).merge(
                flags, on=["task_a", "task_b"], validate="one_to_one"
            )
            for merger, found in forecasts.items()
        ]
    if not parts:
        raise ValueError("all pairs of candidates lack all metrics; name a predictor of others")
    every = pd.concat(parts, ignore_index=True).rename(columns={"predicted": predicted})
    every["pair"] = [pair_name(*tasks) for tasks in zip(every.task_a, every.task_b, strict=True)]
    observed = pd.concat([table[learner.target] for table in known.values()])
    every = _made_possible(every, predicted, possible_range(observed.to_numpy(dtype=np.float64)))
    coverage = pd.concat([measure_coverage(table, learner) for _, table in sorted(known.items())])
    return Recommendation(
        _ranked(every, predicted),
        measure_choices(tabulate_predictions(held_out[min(held_out, key=len)])),
        summarize_coverage(coverage),
        max(sorted(known), key=lambda merger: known[merger][learner.target].mean()),
    )


def _by_lacking_metrics(
    new: pd.DataFrame, metrics: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """The pairs that lack the same metrics, and which these are."""
    lacking = [tuple(compress(metrics, row)) for row in new[list(metrics)].isna().to_numpy()]
    for names in dict.fromkeys(lacking):
        rows = new[[each == names for each in lacking]]
        pairs = [pair_name(*tasks) for tasks in zip(rows.task_a, rows.task_b, strict=True)]
        if metrics and len(names) == len(metrics):
            logger.warning("not ranked, all metrics are missing: %s", ", ".join(pairs))
            continue
        if names:
            logger.warning(
                "predicted without %s, which are missing: %s", ", ".join(names), ", ".join(pairs)
            )
        yield names, rows.reset_index(drop=True)


def explain(reach: Reach, metrics: Sequence[str], lacking: Sequence[str] = ()) -> list[str]:
    """Why each new pair is outside, in words, and what it lacks; empty for other pairs inside."""
    without = [f"predicted without {_listed(lacking)}, which are missing"] * bool(lacking)
    reasons = []
    for beyond, distance, outside in zip(reach.beyond, reach.distance, reach.outside, strict=True):
        found = []
        if beyond.sum() > reach.most_beyond:
            names = [name for name, far in zip(metrics, beyond, strict=True) if far]
            found.append(
                f"{len(names)} of {len(metrics)} metrics outside their known range "
                f"({_listed(names)}); known pairs: up to "
                f"{reach.most_beyond}"
            )
        if distance > reach.most_distant:
            found.append(
                f"distance {distance:.1f} from the known pairs; among them: up to "
                f"{reach.most_distant:.1f}"
            )
        reasons.append("; ".join([*(found if outside else []), *without]))
    return reasons


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _METRICS_NAMED} more" * (len(names) > _METRICS_NAMED)
    return ", ".join(names[:_METRICS_NAMED]) + more


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


def _made_possible(
    every: pd.DataFrame, predicted: str, limits: tuple[float, float]
) -> pd.DataFrame:
    """Predictions and intervals inside of `limits`; those that were not are `impossible`."""
    impossible = ~every[predicted].between(*limits)
    reasons = every["why"].where(every["why"] == "", every["why"] + "; ")
    reasons += [f"predicted {value:.3g}, {IMPOSSIBLE}" for value in every[predicted]]
    columns = [predicted, "low", "high"]
    return every.assign(
        impossible=impossible,
        outside=every["outside"] | impossible,
        why=every["why"].where(~impossible, reasons),
        **every[columns].clip(*limits),
    )


def _ranked(every: pd.DataFrame, predicted: str) -> pd.DataFrame:
    ordered = every.sort_values(
        ["impossible", predicted, "pair", "merger"],
        ascending=[True, False, True, True],
        ignore_index=True,
    )
    ordered["merger_rank"] = ordered.groupby("pair").cumcount() + 1
    best = ordered[ordered["merger_rank"] == 1]["pair"]
    rank = dict(zip(best, range(1, len(best) + 1), strict=True))
    ordered["rank"] = ordered["pair"].map(rank)
    columns = [
        "pair", "task_a", "task_b", "merger", predicted, "low", "high", "rank", "merger_rank",
        "outside", "why",
    ]  # fmt: skip
    return ordered.sort_values(["rank", "merger_rank"], ignore_index=True)[columns]
