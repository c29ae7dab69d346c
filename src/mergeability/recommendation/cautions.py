"""What to know before relying on a recommendation, the weightiest first."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from mergeability.analysis.choices import BEST_ON_AVERAGE, CHANCE
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.problem import CONFIDENCE
from mergeability.recommendation.forecast import Learner
from mergeability.recommendation.ranking import Recommendation

_TOLERATED = 0.05  # of the coverage of intervals


class Caution(NamedTuple):
    """One warning: what to do or to expect, and why."""

    title: str
    text: str


def cautions(found: Recommendation, learner: Learner) -> Iterator[Caution]:
    """What the held-out tasks of the zoo, and the distance of the new pairs from it, warn of.

    Choosing partners counts as better than chance where the 95 % interval of its regret lies below
    the regret of chance.
    """
    regret = regrets(found, learner, "partner", 1)
    if "predictor" not in regret:
        yield Caution(
            "Do not rely on the order of pairs.",
            "Whether such predictions choose partners better than chance could not be measured: "
            "the zoo is too small, or its mergers merged different pairs.",
        )
    elif not regret["predictor"]["high"] < regret["chance"]["value"]:
        own, chance = regret["predictor"], regret["chance"]["value"]
        verdict = "no better" if own["value"] >= chance else "not clearly better"
        yield Caution(
            "Do not rely on the order of pairs.",
            f"On held-out tasks of this zoo, partners chosen by such predictions were {verdict} "
            f"than partners drawn at random: they lost {own['value']:.3f} [{own['low']:.3f} to "
            f"{own['high']:.3f}] against the best partner, random ones {chance:.3f}.",
        )
    best = found.pairs[found.pairs["merger_rank"] == 1]
    if outside := int(best["outside"].sum()):
        yield Caution(
            f"{outside} of {len(best)} pairs are outside of what was learned from.",
            "Their metrics are further from those of the zoo's pairs than pairs of the zoo are "
            "from each other, or their predictions are not possible. These are extrapolations, "
            "and their intervals may be too narrow. Merge and evaluate before you rely on them.",
        )
    if found.pairs["low"].isna().any():
        yield Caution(
            "No intervals.", "The zoo has too few pairs to say how far predictions are off."
        )
    share = found.coverage.set_index("merger")["share"].get(ALL_MERGERS)
    if share is not None and share < CONFIDENCE - _TOLERATED:
        yield Caution(
            "Intervals are too narrow.",
            f"Made to hold in {CONFIDENCE:.0%} of cases, they held in {share:.0%} on held-out "
            "tasks.",
        )


def regrets(
    found: Recommendation, learner: Learner, choice: str, tries: int
) -> dict[str, dict[str, Any]]:
    """Regret of the predictor and of what it is compared with; empty where unmeasured.

    Keys: `predictor`, `chance`, `fixed` (best on average) and `difference` (predictor - fixed).
    """
    rows = found.choices
    rows = rows[
        (rows["choice"] == choice) & (rows["tries"] == tries) & (rows["merger"] == ALL_MERGERS)
    ].set_index(["strategy", "statistic"])
    wanted = {
        "predictor": (learner.method, "regret"),
        "chance": (CHANCE, "regret"),
        "fixed": (BEST_ON_AVERAGE, "regret"),
        "difference": (learner.method, "regret_difference"),
    }
    return {
        name: dict(rows.loc[key, ["value", "low", "high", "n_pairs", "n_tasks"]])
        for name, key in wanted.items()
        if key in rows.index
    }
