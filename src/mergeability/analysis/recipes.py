"""Which way of fine-tuning gives models that merge better: zoos side by side, pair by pair."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import Floats, Mask, interval_over_tasks, task_names

COLUMNS = [
    "zoo", "merger", "mean", "n_pairs", "n_common_pairs",
    "difference", "difference_low", "difference_high", "share_improved",
]  # fmt: skip


def compare_recipes(tables: Mapping[str, pd.DataFrame], baseline: str, target: str) -> pd.DataFrame:
    """The target of every zoo and merger, and its difference from that of the zoo `baseline`.

    `tables` holds the pairs table of each zoo. One row per zoo and merger: the baseline first,
    the rest sorted; columns `COLUMNS`.

    - `mean`: of the target over the `n_pairs` pairs that have one, as published.
    - `difference`: mean over the `n_common_pairs` pairs with a target in both zoos, of target
      minus baseline target, with its 95 % interval by jackknife over tasks; in units of the
      target, in [-1, 1]. It differs from the difference of the means where pairs are missing.
    - `share_improved`: share of the common pairs whose target is larger, in [0, 1].

    The comparison is NaN for the baseline itself and where no pair is common. A normalized target
    counts relative to the fine-tuned accuracies of the table it stands in: a zoo of weaker models
    gains by that alone, so look at the accuracy too.

    Source: arXiv 2601.22285, Table 16 (means; differences without intervals). There both zoos are
    normalized by the accuracies of the baseline.
    """
    if baseline not in tables:
        raise ValueError(f"the baseline {baseline!r} is none of the zoos {sorted(tables)}")
    rows = [
        {"zoo": zoo, "merger": merger}
        | _summarize(rows, target)
        | (
            {"n_common_pairs": 0}
            if zoo == baseline
            else _compare(rows, tables[baseline], str(merger), target)
        )
        for zoo in sorted(tables, key=lambda name: (name != baseline, name))
        for merger, rows in tables[zoo].groupby("merger")
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _summarize(rows: pd.DataFrame, target: str) -> dict[str, Any]:
    return {"mean": rows[target].mean(), "n_pairs": int(rows[target].notna().sum())}


def _compare(
    rows: pd.DataFrame, baseline: pd.DataFrame, merger: str, target: str
) -> dict[str, Any]:
    reference = baseline.loc[baseline["merger"] == merger, ["pair", target]]
    both = rows.merge(reference, on="pair", suffixes=("", "_baseline"), validate="one_to_one")
    gain = (both[target] - both[f"{target}_baseline"]).to_numpy(dtype=np.float64)
    common = np.isfinite(gain)
    tasks, gain = task_names(both)[common], gain[common]

    def mean(kept: Mask) -> Floats:
        return np.array([gain[kept].mean() if kept.any() else np.nan])

    difference, low, high = interval_over_tasks(tasks, mean)
    return {
        "n_common_pairs": len(gain),
        "difference": difference[0],
        "difference_low": low[0],
        "difference_high": high[0],
        "share_improved": (gain > 0).mean() if len(gain) else np.nan,
    }
