"""What to know before relying on a recommendation, the weightiest first."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from mergeability.analysis.choices import BEST_ON_AVERAGE, CHANCE, ORACLE
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.problem import CONFIDENCE
from mergeability.recommendation.evidence import MERGES, PROXIES
from mergeability.recommendation.ranking import Recommendation

_TOLERATED = 0.05  # of the coverage of intervals
_NAMED = 5


class Caution(NamedTuple):
    """One warning: what to do or to expect, and why."""

    title: str
    text: str


def cautions(found: Recommendation) -> Iterator[Caution]:
    """What known merges, and the distance of the new pairs from them, warn of.

    Choosing partners counts as better than chance where the 95 % interval of its regret lies below
    the regret of chance.
    """
    best = found.pairs[found.pairs["merger_rank"] == 1]
    resting = best["evidence"].value_counts()
    for evidence in [name for name in found.about if name != MERGES]:
        if n_pairs := int(resting.get(evidence, 0)):
            those = f"pairs by {evidence} ({n_pairs})" if len(resting) > 1 else "pairs"
            yield from _order(found, evidence, those)
    if found.borrowed and found.pairs["low"][found.pairs["evidence"] == PROXIES].notna().any():
        yield Caution(
            "Intervals by proxies may be too narrow.",
            "They are as wide as the proxies differ from one another. Recipes of one backbone "
            "differ less than backbones do. Learn from a zoo of your backbone to know.",
        )
    if found.unranked:
        more = f" and {len(found.unranked) - _NAMED} more" * (len(found.unranked) > _NAMED)
        yield Caution(
            f"{len(found.unranked)} pairs are not ranked.",
            "No zoo that is named merged their tasks, and there are no metrics to go by: "
            f"{', '.join(found.unranked[:_NAMED])}{more}.",
        )
    if outside := int(best["outside"].sum()):
        yield Caution(
            f"{outside} of {len(best)} pairs are outside of what was learned from.",
            "Their metrics are further from those of the zoo's pairs than pairs of the zoo are "
            "from each other, or their predictions are not possible. These are extrapolations, "
            "and their intervals may be too narrow. Merge and evaluate before you rely on them.",
        )
    if unbounded := int(best["low"].isna().sum()):
        which = "No intervals." if unbounded == len(best) else f"{unbounded} pairs: no interval."
        yield Caution(which, "Too few merges are known to say how far predictions are off.")
    together = found.coverage[found.coverage["merger"] == ALL_MERGERS]
    for row in together[together["share"] < CONFIDENCE - _TOLERATED].to_dict("records"):
        yield Caution(
            "Intervals are too narrow.",
            f"Made to hold in {CONFIDENCE:.0%} of cases, they held in {row['share']:.0%} on "
            f"held-out tasks, by {row['evidence']}.",
        )


def _order(found: Recommendation, evidence: str, those: str) -> Iterator[Caution]:
    """Whether the order of the pairs that rest on one evidence is to be relied on."""
    title = f"Do not rely on the order of {those}."
    regret = regrets(found, evidence, "partner", 1)
    if "predictor" not in regret:
        yield Caution(
            title,
            "Whether such predictions choose partners better than chance could not be measured: "
            "too few merges are known, or mergers merged different pairs.",
        )
    elif not regret["predictor"]["high"] < regret["chance"]["value"]:
        own, chance = regret["predictor"], regret["chance"]["value"]
        verdict = "no better" if own["value"] >= chance else "not clearly better"
        yield Caution(
            title,
            f"On held-out tasks, partners chosen by such predictions were {verdict} "
            f"than partners drawn at random: they lost {own['value']:.3f} [{own['low']:.3f} to "
            f"{own['high']:.3f}] against the best partner, random ones {chance:.3f}.",
        )


def regrets(found: Recommendation, evidence: str, choice: str, tries: int) -> dict[str, Any]:
    """Regret of predictions and of what they are compared with; empty where unmeasured.

    Keys: `predictor`, `chance`, `fixed` (best on average) and `difference` (predictor - fixed).
    """
    rows = found.choices
    rows = rows[
        (rows["choice"] == choice)
        & (rows["tries"] == tries)
        & (rows["merger"] == ALL_MERGERS)
        & (rows["evidence"] == evidence)
        & (rows["strategy"] != ORACLE)
    ]
    others = {CHANCE: "chance", BEST_ON_AVERAGE: "fixed"}
    regret: dict[str, Any] = {}
    for row in rows.to_dict("records"):
        strategy = others.get(row["strategy"], "predictor")
        if row["statistic"] == "regret":
            regret[strategy] = row
        elif row["statistic"] == "regret_difference" and strategy == "predictor":
            regret["difference"] = row
    return regret
