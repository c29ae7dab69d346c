"""Is one predictor better than another? Differences on the same pairs, with intervals."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mergeability.prediction.correlation import Floats
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.registry import PREDICTORS, PROTOCOLS, in_reading_order
from mergeability.prediction.skill import STATISTICS, Group, Skill, measure_skill

# No merger can have this name.
ALL_MERGERS = "mean over mergers"
COLUMNS = [
    "target", "protocol", "merger", "predictor", "reference", "statistic", "n_pairs",
    "difference", "difference_low", "difference_high", "predictor_method", "reference_method",
]  # fmt: skip
_LARGEST_DIFFERENCE = 2.0


def compare_predictors(groups: Mapping[tuple[str, ...], Group]) -> pd.DataFrame:
    """Differences of the protocol's statistic between any two predictors; columns `COLUMNS`.

    `difference` = statistic of `predictor` - statistic of `reference`, both on the pairs that all
    predictors of the merger predicted; in the rows of merger `mean over mergers`, their mean. The
    95 % interval is a jackknife over tasks of the difference itself, which is far narrower than
    the two intervals suggest: both predictors are tested on the same pairs. In each row the
    predictor is the one registered first (baselines come last).
    """
    protocols: dict[tuple[str, str], dict[str, dict[str, Group]]] = {}
    methods: dict[str, str] = {}
    for (target, protocol, predictor, merger), group in groups.items():
        by_merger = protocols.setdefault((target, protocol), {})
        by_merger.setdefault(merger, {})[predictor] = group
        methods[predictor] = group.folds[0].diagnostics["method"]
    predictors = in_reading_order(methods)
    rows = [
        {
            "target": target,
            "protocol": protocol,
            **row,
            "predictor_method": methods[row["predictor"]],
            "reference_method": methods[row["reference"]],
        }
        for (target, protocol), by_merger in sorted(protocols.items())
        for row in _compare(by_merger, predictors, PROTOCOLS[protocol].statistic)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def against_baselines(comparison: pd.DataFrame) -> pd.DataFrame:
    """The rows that compare predictors that learn from metrics to all others, over mergers."""
    learning = [name for name, predictor in PREDICTORS.items() if predictor.kind == "predictor"]
    shown = ~comparison["reference_method"].isin(learning)
    shown &= comparison["predictor_method"].isin(learning)
    return comparison[shown & (comparison["merger"] == ALL_MERGERS)].reset_index(drop=True)


def _compare(
    by_merger: Mapping[str, Mapping[str, Group]], predictors: list[str], statistic: str
) -> Iterable[dict[str, Any]]:
    skills = {merger: _on_common_pairs(listed) for merger, listed in by_merger.items()}
    column = STATISTICS.index(statistic)
    for predictor, reference in combinations(predictors, 2):
        estimates, left_out, pairs = [], [], []
        for merger, (by_predictor, n_pairs) in sorted(skills.items()):
            first, second = by_predictor[predictor], by_predictor[reference]
            estimates.append(first.estimate[column] - second.estimate[column])
            left_out.append(first.left_out[:, column] - second.left_out[:, column])
            pairs.append(n_pairs)
            yield _row(
                merger, predictor, reference, statistic, n_pairs, estimates[-1], left_out[-1]
            )
        if len({len(values) for values in left_out}) == 1:
            mean = np.mean(left_out, axis=0)
            yield _row(
                ALL_MERGERS, predictor, reference, statistic, min(pairs), np.mean(estimates), mean
            )


def _on_common_pairs(by_predictor: Mapping[str, Group]) -> tuple[dict[str, Skill], int]:
    """The skill of each predictor on the pairs that all have predicted, and how many these are."""
    predicted = [set(group.held_out.pair.tolist()) for group in by_predictor.values()]
    common = set.intersection(*predicted)
    skills = {}
    for predictor, (_, held_out, skill) in by_predictor.items():
        inside = np.isin(held_out.pair, list(common))
        skills[predictor] = skill if inside.all() else measure_skill(held_out.where(inside))
    return skills, len(common)


def _row(
    merger: str,
    predictor: str,
    reference: str,
    statistic: str,
    n_pairs: int,
    difference: Any,
    left_out: Floats,
) -> dict[str, Any]:
    low, high = jackknife_interval(
        np.array([difference]), left_out[:, None], limit=_LARGEST_DIFFERENCE
    )
    return {
        "merger": merger,
        "predictor": predictor,
        "reference": reference,
        "statistic": statistic,
        "n_pairs": n_pairs,
        "difference": float(difference),
        "difference_low": float(low[0]),
        "difference_high": float(high[0]),
    }
