"""How well sets were predicted: rank correlations with intervals that know of shared tasks."""

from typing import Any

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import Floats, Mask, Names, interval_over_tasks
from mergeability.prediction.correlation import pearson, spearman
from mergeability.sets.names import split_set

KEYS = ["target", "predictor", "merger"]
COLUMNS = [
    *KEYS, "spearman", "spearman_low", "spearman_high", "pearson", "pearson_low", "pearson_high",
    "n_sets", "n_missing", "n_train",
]  # fmt: skip


def correlate_sets(predictions: pd.DataFrame, n_sets: int) -> pd.DataFrame:
    """Correlation of predicted and real accuracy over the sets of each merger, columns `COLUMNS`.

    `predictions` holds rows of `prediction.predict_sets` of all mergers, of `n_sets` sets each.
    The correlations are those of `relative` and `observed`, over all sets at once. Intervals:
    95 %, by jackknife over tasks; with a task go all sets that hold it. In the result, `n_sets`
    sets were predicted and `n_missing` were not; `n_train` is the least number of pairs or sets
    that a prediction was learnt from, 0 where nothing is learnt.
    """
    rows = [
        dict(zip(KEYS, key, strict=True)) | _correlations(group, n_sets)
        for key, group in predictions.groupby(KEYS)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _correlations(group: pd.DataFrame, n_sets: int) -> dict[str, Any]:
    predicted = group["relative"].to_numpy(dtype=np.float64)
    observed = group["observed"].to_numpy(dtype=np.float64)

    def both(kept: Mask) -> Floats:
        values = predicted[kept], observed[kept]
        return np.array([spearman(*values), pearson(*values)])

    estimate, low, high = interval_over_tasks(task_names(group), both)
    values = {
        f"{statistic}{end}": float(column[number])
        for number, statistic in enumerate(("spearman", "pearson"))
        for end, column in (("", estimate), ("_low", low), ("_high", high))
    }
    counts = {"n_sets": len(group), "n_missing": n_sets - len(group)}
    return {**values, **counts, "n_train": int(group["n_train"].min())}


def task_names(rows: pd.DataFrame) -> Names:
    """The tasks of the sets of `rows`, all of one size: (rows, k)."""
    return np.array([split_set(name) for name in rows["set"]], dtype=np.str_)
