"""The sections on single metrics and their coefficients: Tables 3, 5, 6, 7, 8 and 18."""

from collections.abc import Sequence

import pandas as pd

from mergeability.analysis.fingerprints import stable_metrics
from mergeability.reproduction.evidence import MERGERS, Case, where
from mergeability.reproduction.markdown import MISSING, table
from mergeability.reproduction.sections import ACCURACY, NORMALIZED, TARGETS, Section, of_mergers

_GRADIENT = {  # of Table 18: what the paper prints, and our name of it
    "encoder_gradient_l2_distance": "encoder_gradient_l2_distance",
    "input_gradient_l2_distance": "input_gradient_l2_distance",
    "all_six_gradient_metrics": "gradient",
}


def correlation_section(cases: Sequence[Case]) -> Section:
    """Table 5: single metrics."""
    columns = {}
    for case in cases:
        rows = where(case.results.correlations, target=NORMALIZED)
        ours = rows.pivot_table("pearson_r", "metric", "merger").reindex(columns=MERGERS)
        significant = rows.pivot_table("significant", "metric", "merger", aggfunc="any")
        printed = case.paper.tables["table05"].set_index("metric")
        for merger in MERGERS:
            stars = significant[merger].map({True: "*", False: ""})
            column = ours[merger].map("{:.3f}".format) + stars
            if len(printed):
                column = printed[merger].reindex(ours.index).map("{:.3f} / ".format) + column
            columns[f"`{merger}`, {case.name}"] = column
    return Section(
        "Table 5: correlation of single metrics with `normalized_accuracy`",
        "Printed / ours, or ours alone, over all pairs with both the metric and the target: "
        "missing cells are left out metric by metric, which is how the printed values come out. A "
        "star: significant at 5 % over all metrics and mergers when task labels are permuted.",
        table(pd.DataFrame(columns), "metric"),
    )


def coefficient_sections(cases: Sequence[Case], recipe: str) -> list[Section]:
    """Tables 3, 6, 7, 8 and 18: what the coefficients have in common."""

    def gradient_shares(case: Case) -> dict[str, pd.Series]:
        rows = where(case.results.contributions, predictor=recipe, target=ACCURACY)
        shares = rows.pivot_table("share", "name", "merger")
        columns = {}
        for printed, name in _GRADIENT.items():
            columns[f"{printed}, paper"] = case.paper.column("table18", printed)
            columns[printed] = shares.reindex([name]).iloc[0]
        return columns

    return [
        Section(
            "Tables 6 and 7: agreement of coefficients between mergers",
            "Share of the five largest mean coefficients in common, and of equal signs among "
            "metrics with a mean other than zero in both. By chance: 0.18 and 0.5.",
            table(_agreement(cases, recipe), "mergers", 2),
        ),
        of_mergers(
            "Table 18: share of gradient metrics in the coefficients",
            "|mean coefficient| over the sum of all.",
            cases,
            gradient_shares,
        ),
        *(stable_section(cases, recipe, target) for target in TARGETS),
        Section(
            "Table 8: coefficients, `accuracy`",
            "Mean over folds ± standard deviation over folds, on metrics scaled to [-1, 1]. The "
            "folds of a jackknife vary less than the coefficient does from one set of tasks to "
            "another: its standard error is √19 times as large.",
            table(_means(cases, recipe), "metric"),
        ),
    ]


def _agreement(cases: Sequence[Case], recipe: str) -> pd.DataFrame:
    frames = []
    for case in cases:
        printed = {
            frozenset((row.merger_a, row.merger_b)): row
            for row in case.paper.tables["table06"].itertuples()
        }
        rows = []
        for row in where(case.results.agreement, predictor=recipe, target=ACCURACY).itertuples():
            known = printed.get(frozenset((row.merger_a, row.merger_b)))
            rows.append(
                {
                    "mergers": f"{row.merger_a}, {row.merger_b}",
                    f"top 5, {case.name}, paper": known.top5_overlap if known else None,
                    f"top 5, {case.name}": row.top_overlap,
                    f"signs, {case.name}, paper": known.sign_agreement if known else None,
                    f"signs, {case.name}": row.sign_agreement,
                }
            )
        frames.append(pd.DataFrame(rows).set_index("mergers").dropna(axis=1, how="all"))
    return pd.concat(frames, axis=1)


def stable_section(cases: Sequence[Case], recipe: str, target: str) -> Section:
    """Table 3, over all zoos together."""
    refits = [
        where(case.results.refits, predictor=recipe, target=target).assign(zoo=case.name)
        for case in cases
    ]
    found = stable_metrics(pd.concat(refits)).set_index("metric")
    signs = found["n_positive"].map("{} +, ".format) + found["n_negative"].map("{} −".format)
    clear = found["n_clear_positive"] + found["n_clear_negative"]
    bounds = found["low"].map("[{:+.3f}, ".format) + found["high"].map("{:+.3f}]".format)
    shown = pd.DataFrame(
        {
            "signs, authors": _released_signs(cases).reindex(found.index).fillna(MISSING),
            "signs": signs,
            "share": found["share"].map("{:+.3f} ".format) + bounds,
            "settings clear of zero": clear,
            "least frequency": found["min_frequency"],
            "stable": found["stable"],
            "core": found["core"],
        }
    )
    n_settings = int(found["n_settings"].max())
    all_alike = shown["signs, authors"].isin([f"{n_settings} +, 0 −", f"0 +, {n_settings} −"])
    chosen = found["same_sign"] | found["stable"] | all_alike
    return Section(
        f"Table 3: stable metrics, `{target}`",
        f"Over {n_settings} settings, the mergers of {' and '.join(case.name for case in cases)}. "
        "`signs`: settings with a positive and with a negative mean coefficient; the published "
        "rule looks at these alone. `authors`: the same from the coefficients that the authors "
        "released, which are on `accuracy`. `share`: mean coefficient over the sum of all, with a "
        "95 % interval by jackknife over tasks, predictors fitted again without each. `stable`: "
        "that interval is clear of zero, and none of a setting on the other side. `core`: selected "
        "in 80 % of the folds of every setting too. Metrics that are stable by either rule, here "
        "or in the released coefficients.",
        table(shown[chosen], "metric", 2),
    )


def _released_signs(cases: Sequence[Case]) -> pd.Series:
    released = pd.concat([case.paper.tables["table03"] for case in cases])
    by_metric = released.groupby("metric")["mean"]
    positive = by_metric.agg(lambda means: (means > 0).sum())
    negative = by_metric.agg(lambda means: (means < 0).sum())
    return positive.map("{} +, ".format) + negative.map("{} −".format)


def _means(cases: Sequence[Case], recipe: str) -> pd.DataFrame:
    columns = {}
    for case in cases:
        rows = where(case.results.coefficients, predictor=recipe, target=ACCURACY, protocol="loto")
        text = rows["mean"].map("{:+.3f}".format) + " ± " + rows["sd"].map("{:.3f}".format)
        cells = rows.assign(text=text).pivot_table("text", "metric", "merger", aggfunc="first")
        for merger in MERGERS:
            columns[f"`{merger}`, {case.name}"] = cells[merger]
    return pd.DataFrame(columns).fillna(MISSING)
