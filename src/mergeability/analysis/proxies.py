"""How well zoos foretell one another, pair by pair, and how predictable a pair is at all."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import Floats, Mask, Names, interval_over_tasks, task_names
from mergeability.analysis.variance import interaction_residual
from mergeability.prediction.correlation import pearson
from mergeability.prediction.proxies import directions

_STATISTICS = ["r", "directed_r", "interaction_r", "additive_share", "ceiling"]
COLUMNS = [
    "zoo", "other", "merger", "n_pairs",
    *(f"{name}{end}" for name in _STATISTICS for end in ("", "_low", "_high")),
]  # fmt: skip


def compare_proxies(tables: Mapping[str, pd.DataFrame], target: str) -> pd.DataFrame:
    """Every two zoos of `tables` (the zoo itself first), by merger; columns `COLUMNS`.

    Over the `n_pairs` pairs that were measured in both:

    - `r`: Pearson's correlation of the target; `directed_r`: of what it says of each task;
    - `interaction_r`: of what effects of single tasks leave unexplained in either zoo. As the two
      zoos were measured independently, this is the reliability of an interaction: the share of its
      variance that can be foretold;
    - `additive_share`: the share of the variance in the first zoo that effects of single tasks
      have, adjusted for their number;
    - `ceiling` = sqrt(additive_share + (1 - additive_share) max(interaction_r, 0)): the r of a
      predictor that knows the effects of both tasks, and all of the interaction that zoos share.
      What is peculiar to a backbone counts as noise here, so a predictor that has measured some of
      the zoo's own merges may come out above.

    `_low` and `_high`: 95 % intervals by jackknife over tasks.
    """
    rows = [
        _compare(tables[zoo], tables[other], str(merger), target) | {"zoo": zoo, "other": other}
        for zoo, other in combinations(tables, 2)
        for merger in sorted(set(tables[zoo]["merger"]) & set(tables[other]["merger"]))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _compare(first: pd.DataFrame, second: pd.DataFrame, merger: str, target: str) -> dict[str, Any]:
    parts = [t[t["merger"] == merger].set_index("pair").sort_index() for t in (first, second)]
    common = parts[0].index.intersection(parts[1].index)
    rows = [part.loc[common] for part in parts]
    values = np.stack([part[target].to_numpy(dtype=np.float64) for part in rows])
    directed = np.stack([directions(part, target) for part in rows])
    known = np.isfinite(values).all(axis=0) & np.isfinite(directed).all(axis=(0, 2))
    tasks, values, directed = task_names(rows[0])[known], values[:, known], directed[:, known]

    def statistics(kept: Mask) -> Floats:
        return _statistics(tasks[kept], values[:, kept], directed[:, kept])

    found = interval_over_tasks(tasks, statistics)
    named = {
        f"{name}{end}": ends[place]
        for end, ends in zip(("", "_low", "_high"), found, strict=True)
        for place, name in enumerate(_STATISTICS)
    }
    return named | {"merger": merger, "n_pairs": len(tasks)}


def _statistics(tasks: Names, values: Floats, directed: Floats) -> Floats:
    fits = [interaction_residual(tasks, of_zoo) for of_zoo in values]
    shared = pearson(fits[0].residual, fits[1].residual)
    spare = len(tasks) - fits[0].rank
    total = float(((values[0] - values[0].mean()) ** 2).sum()) if len(tasks) else 0.0
    if spare <= 0 or total == 0:
        share = float("nan")
    else:
        unexplained = float((fits[0].residual ** 2).sum()) / total
        share = 1 - unexplained * (len(tasks) - 1) / spare
    ceiling = np.sqrt(np.clip(share + (1 - share) * np.maximum(shared, 0.0), 0.0, 1.0))
    both = [of_zoo.ravel() for of_zoo in directed]
    return np.array([pearson(*values), pearson(*both), shared, share, ceiling])
