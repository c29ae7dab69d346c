"""What a zoo has shown, in two sentences with its numbers."""

import pandas as pd

from mergeability.figures.style import decimals, readable
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.registry import PROTOCOLS

_TESTED_ON = {
    "l2to": "pairs of tasks never seen",
    "split": "pairs of tasks never seen",
    "loto": "pairs with a task never seen",
}


def tested_on(protocol: str) -> str:
    """The pairs that a protocol tests predictors on, in words."""
    return _TESTED_ON[protocol]


def skills(summary: pd.DataFrame, protocol: str) -> pd.Series:
    """The protocol's statistic of each predictor, its mean over mergers; the best first.

    `summary` as `prediction.summary.summarize` returns it, of one target. Predictors whose
    statistic is undefined for a merger are left out.
    """
    rows = summary[summary["protocol"] == protocol]
    by_merger = rows.pivot_table(
        PROTOCOLS[protocol].statistic, "predictor", "merger", dropna=False
    ).dropna()
    return by_merger.mean(axis=1).sort_values(ascending=False, kind="stable")


def merger_sentence(mergers: pd.DataFrame) -> str:
    """Which merger keeps most, from the table of mergers (`analysis.mergers`), best first."""
    best, worst = mergers.iloc[0], mergers.iloc[-1]
    sentence = (
        f"On average over {best['n_pairs']:.0f} pairs, {readable(best['merger'])} keeps most: "
        f"{best['mean']:.1%} [{best['mean_low']:.1%}, {best['mean_high']:.1%}] of the accuracy of "
        "the single models"
    )
    if len(mergers) > 1:
        sentence += f"; {readable(worst['merger'])} keeps least, {worst['mean']:.1%}"
    return f"{sentence}."


def predictor_sentence(summary: pd.DataFrame, comparison: pd.DataFrame, protocol: str) -> str:
    """How well the best predictor foretells pairs, beside the best baseline.

    `summary` and `comparison` as `prediction` makes them, of one target. The interval is that of
    the difference, on the same pairs. Empty where no predictor has a defined statistic.
    """
    ranked = skills(summary, protocol)
    kinds = summary.drop_duplicates("predictor").set_index("predictor")["kind"]
    best = {
        kind: next((name for name in ranked.index if kinds[name] == kind), None)
        for kind in ("predictor", "baseline")
    }
    first = best["predictor"] or best["baseline"]
    if first is None:
        return ""
    role = "predictor" if best["predictor"] else "baseline"
    sentence = (
        f"For {tested_on(protocol)}, the best {role}, {readable(first)}, "
        f"reaches a correlation of {decimals(ranked[first])}"
    )
    second = best["baseline"]
    if second is None or second == first:
        return f"{sentence}."
    sentence += f"; the best baseline, {readable(second)}, {decimals(ranked[second])}"
    difference = _difference(comparison, protocol, first, second)
    if difference is None:
        return f"{sentence}."
    value, low, high = difference
    verdict = " which may be chance" if low <= 0 <= high else ""
    return (
        f"{sentence}: a difference of {decimals(value)} [{decimals(low)}, {decimals(high)}]"
        f"{',' + verdict if verdict else ''}."
    )


def _difference(
    comparison: pd.DataFrame, protocol: str, first: str, second: str
) -> tuple[float, float, float] | None:
    """Mean over mergers of the statistic of `first` less that of `second`, with its interval."""
    rows = comparison[
        (comparison["protocol"] == protocol) & (comparison["merger"] == ALL_MERGERS)
    ].dropna(subset=["difference", "difference_low", "difference_high"])
    for names, sign in (((first, second), 1.0), ((second, first), -1.0)):
        found = rows[(rows["predictor"] == names[0]) & (rows["reference"] == names[1])]
        if len(found):
            row = found.iloc[0]
            ends = sorted((sign * row["difference_low"], sign * row["difference_high"]))
            return float(sign * row["difference"]), float(ends[0]), float(ends[1])
    return None
