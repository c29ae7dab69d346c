"""The tables behind an overview, from pairs with known structure."""

from typing import Any

import pandas as pd
from synthetic import make_pairs_table, metrics_for

from mergeability.analysis.direction_effects import direction_effects
from mergeability.analysis.mergers import rank_mergers
from mergeability.prediction.comparison import compare_predictors
from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.registry import resolve_parameters
from mergeability.prediction.skill import measure_groups
from mergeability.prediction.summary import summarize

TARGET, PROTOCOL = "normalized_accuracy", "l2to"
MERGERS = ("one_way", "other_way")
METHODS = ("pearson_l1", "ridge", "partner_mean", "single_accuracy")


def make_overview() -> dict[str, Any]:
    """What `render_overview` takes, of 7 tasks, 2 mergers and 4 predictors."""
    pairs = make_pairs_table(7, MERGERS)
    # Tasks differ in what they lose, and one pair was not merged.
    for end, sign in (("a", 1), ("b", -1)):
        pairs[f"normalized_accuracy_{end}"] += sign * 0.02
        pairs[f"accuracy_merged_{end}"] = (
            pairs[f"normalized_accuracy_{end}"] * pairs[f"accuracy_single_{end}"]
        )
    unmerged = pairs["pair"] == "task02__task05"
    pairs.loc[unmerged, [n for n in pairs if "normalized" in n or "merged" in n]] = float("nan")
    folds = {
        method: [
            fold
            for merger in MERGERS
            for fold in fit_folds(
                pairs[pairs["merger"] == merger],
                method,
                resolve_parameters(method, {}),
                target=TARGET,
                metrics=metrics_for(method),
                seed=0,
                protocol=PROTOCOL,
            )
        ]
        for method in METHODS
    }
    groups = measure_groups(fold for results in folds.values() for fold in results)
    return {
        "zoo": "glyphs & signs",
        "target": TARGET,
        "protocol": PROTOCOL,
        "pairs": pairs,
        "mergers": rank_mergers(pairs),
        "summary": summarize(groups),
        "comparison": compare_predictors(groups),
        "predictions": {
            name: pd.concat(fold.predictions for fold in results) for name, results in folds.items()
        },
        "effects": direction_effects(pairs, TARGET),
        "curve": make_curve(),
    }


def make_curve() -> pd.DataFrame:
    """A learning curve of one predictor: the more merges, the better."""
    return pd.DataFrame(
        [
            {
                "predictor": "own_merges", "merger": merger, "partners": partners,
                "share": partners / 6, "r": 0.2 * partners, "r_low": 0.2 * partners - 0.1,
                "r_high": 0.2 * partners + 0.1,
            }
            for merger in MERGERS
            for partners in (1, 2, 4)
        ]
    )  # fmt: skip
