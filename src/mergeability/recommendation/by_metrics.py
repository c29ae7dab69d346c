"""What the metrics of new pairs say of them, by what a zoo of the same backbone has shown."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress

import numpy as np
import pandas as pd

from mergeability.analysis.choices import tabulate_predictions
from mergeability.figures.style import readable
from mergeability.joblog import logger
from mergeability.naming import pair_name
from mergeability.recommendation.evidence import COLUMNS, METRICS, Evidence
from mergeability.recommendation.extrapolation import Reach, measure_reach
from mergeability.recommendation.forecast import Learner, forecast, measure_coverage

_METRICS_NAMED = 3


def tell_by_metrics(
    known: Mapping[str, pd.DataFrame], new: pd.DataFrame, learner: Learner
) -> Evidence:
    """Predict new pairs by what the pairs tables `known` of each merger teach.

    `new`: task_a, task_b and metrics of each pair. A pair that lacks some metrics is predicted
    from the others, by a fit of its own; a warning and `why` say so. A pair without any is left
    out, with a warning. Raises `ValueError` for metrics that one side lacks altogether.
    """
    for name, table in [("candidates", new), *known.items()]:
        if absent := sorted(set(learner.metrics) - set(table.columns)):
            raise ValueError(f"the pairs of {name} lack the metrics {absent}; compute them again")
    first = next(iter(known.values()))
    taught = first[list(learner.metrics)].notna().all(axis=1)
    if not taught.all():
        logger.warning(
            "%d of %d known pairs lack a metric and are left out", (~taught).sum(), len(taught)
        )
    parts, held_out = [], {}
    for lacking, group in _by_lacking_metrics(new, learner.metrics):
        able = learner._replace(metrics=[m for m in learner.metrics if m not in lacking])
        forecasts = {
            merger: forecast(table, group, able) for merger, table in sorted(known.items())
        }
        held_out[lacking] = [fold for found in forecasts.values() for fold in found.held_out]
        reach = measure_reach(first, group, list(able.metrics))
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
    rows = pd.concat(parts, ignore_index=True).assign(
        evidence=METRICS, proxies="", predicted_a=np.nan, predicted_b=np.nan
    )
    coverage = pd.concat([measure_coverage(table, learner) for _, table in sorted(known.items())])
    n_tasks = len({*first["task_a"], *first["task_b"]})
    about = (
        f"Predictor {readable(learner.method)} from {len(learner.metrics)} metrics of each pair, "
        f"learned from {len(first)} pairs of {n_tasks} tasks in the zoo. It knows no task of "
        "yours. Intervals are made from how far it was off for pairs of the zoo, each predicted "
        "without any pair that shares a task with it (jackknife+, Barber and others, 2021)."
    )
    tested = tabulate_predictions(held_out[min(held_out, key=len)])
    return Evidence(METRICS, rows[COLUMNS], tested, coverage, about)


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
