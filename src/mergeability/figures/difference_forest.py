"""Which predictor predicts better: paired differences to reference predictors."""

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.forest import draw_forest
from mergeability.figures.style import readable, styled
from mergeability.prediction.comparison import against_baselines
from mergeability.prediction.registry import STATISTIC_TITLES, titled

_INCHES_PER_PREDICTOR = 0.42


def draw(comparison: str, protocol: str) -> Figure:
    """Predictors that learn from metrics against all others, averaged over mergers."""
    rows = pd.read_parquet(comparison)
    return plot_difference_forest(against_baselines(rows[rows["protocol"] == protocol]))


@styled
def plot_difference_forest(differences: pd.DataFrame) -> Figure:
    """Dots and whiskers: `difference` between predictor (rows) and reference, with interval.

    `differences` holds rows of `compare_predictors` for one target, protocol and merger, or the
    mean over mergers, and for a few references. Predictors and references are drawn in order of
    appearance. Undefined differences have no dot.
    """
    predictors = list(differences["predictor"].unique())
    references = list(differences["reference"].unique())
    figure = Figure(figsize=(7.0, 1.9 + _INCHES_PER_PREDICTOR * len(predictors)))
    axes = figure.subplots()
    title = [
        titled(*named)
        for named in zip(differences["reference"], differences["reference_method"], strict=True)
    ]
    draw_forest(
        axes, differences.assign(title=title), "difference", "predictor", "title", predictors
    )
    axes.axvline(0, color="black", linewidth=0.8)
    furthest = max(map(abs, axes.get_xlim()))
    axes.set_xlim(-furthest, furthest)
    row = differences.iloc[0]
    statistic = STATISTIC_TITLES[row["statistic"]]
    axes.set_xlabel(f"difference in {statistic}\n← reference better      predictor better →")
    merger = readable(row["merger"])
    axes.set_title(
        f"Prediction of {readable(row['target'])}, {row['protocol']}, {merger}\n"
        "whiskers: 95 % intervals by jackknife over tasks"
    )
    figure.legend(title="reference", loc="outside lower center", ncols=len(references))
    return figure
