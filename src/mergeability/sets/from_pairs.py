"""What merging a set leaves, from what merging its pairs leaves: without any fit."""

from collections.abc import Iterable, Mapping
from math import log
from typing import Any

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import Floats, Mask, interval_over_tasks
from mergeability.naming import all_pairs
from mergeability.plugins import MERGERS
from mergeability.prediction.correlation import pearson, spearman
from mergeability.sets.names import split_set
from mergeability.sets.ranking_skill import task_names


def step(merger: Mapping[str, Any], models: int) -> float | None:
    """How far a merge of so many models moves along each update, in units of that update.

    `scale` / models for means, `scale` for sums; None for methods that are neither, and where signs
    are elected or layers scaled apart. `merger` holds `method` and `parameters`.
    """
    kind = MERGERS.constant(merger["method"], "STEP", "mean", "sum")
    settings = merger["parameters"]
    if kind is None or settings.get("elect") or settings.get("layer_scaling"):
        return None
    scale = float(settings.get("scale", 1.0))
    return scale / models if kind == "mean" else scale


def matching_merger(merger: str, mergers: Mapping[str, Mapping[str, Any]], models: int) -> str:
    """The merger whose pairs move as far along each update as a set of `models` does.

    The nearest by ratio among those with a known step, of equals the merger itself; the merger
    itself where its own step is not known. Averaging five models moves by 0.2 of each update,
    averaging two by 0.5: pairs at 0.3 tell more of such a set than averaged pairs do.
    """
    wanted = step(mergers[merger], models)
    if wanted is None:
        return merger
    steps = {name: s for name in mergers if (s := step(mergers[name], 2)) is not None}
    return min(steps, key=lambda name: (abs(log(steps[name] / wanted)), name != merger, name))


def score_sets(sets: Iterable[str], pairs: pd.DataFrame, target: str) -> Floats:
    """The mean target of the pairs inside each set: (sets,); NaN where one is not known."""
    known = pairs.set_index("pair")[target]
    return np.array([known.reindex(all_pairs(split_set(name))).mean(skipna=False) for name in sets])


def correlate_scores(measured: pd.DataFrame, scores: Floats, target: str) -> dict[str, Any]:
    """Spearman's and Pearson's correlation of scores with measured sets, over sets with both.

    With 95 % intervals by jackknife over tasks; with a task go all sets that hold it.
    """
    known = np.isfinite(scores)
    rows, scored = measured[known], scores[known]
    observed = rows[target].to_numpy(dtype=np.float64)

    def both(kept: Mask) -> Floats:
        return np.array([f(scored[kept], observed[kept]) for f in (spearman, pearson)])

    estimate, low, high = interval_over_tasks(task_names(rows), both)
    return {
        **{
            f"{name}{end}": float(values[number])
            for number, name in enumerate(("spearman", "pearson"))
            for end, values in (("", estimate), ("_low", low), ("_high", high))
        },
        "n_sets": len(rows),
    }


def rank_measured_sets(
    measured: Mapping[str, pd.DataFrame],
    pairs: Mapping[str, Mapping[str, pd.DataFrame]],
    mergers: Mapping[str, Mapping[str, Any]],
    target: str,
) -> pd.DataFrame:
    """How well pairs of each zoo rank the sets that each merger merged.

    `measured`: sets by merger; `pairs`: pairs tables by zoo and merger, of all `mergers`. One row
    per merger, zoo and merger of pairs: the merger itself, and that whose step matches.
    """
    rows = []
    for merger, sets in sorted(measured.items()):
        models = len(split_set(sets["set"].iloc[0]))
        matched = matching_merger(merger, mergers, models)
        for zoo, tables in pairs.items():
            for chosen in dict.fromkeys([merger, matched]):
                scores = score_sets(sets["set"], tables[chosen], target)
                about = {"target": target, "merger": merger, "models": models, "zoo": zoo}
                about |= {"pairs_merged_by": chosen, "matched": chosen == matched}
                rows.append(about | correlate_scores(sets, scores, target))
    return pd.DataFrame(rows)
