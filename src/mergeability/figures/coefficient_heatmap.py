"""What a predictor looks at: its mean coefficients, metrics x mergers."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.metric_heatmap import plot_metric_heatmap
from mergeability.figures.style import DIVERGING, readable, styled
from mergeability.prediction.coefficients import read_loto_coefficients


def draw(coefficients: str, families: Mapping[str, Sequence[str]], predictor: str) -> Figure:
    """The coefficients of one predictor under leave-one-task-out, from those of all."""
    return plot_coefficient_heatmap(read_loto_coefficients(coefficients, predictor), families)


@styled
def plot_coefficient_heatmap(
    coefficients: pd.DataFrame, families: Mapping[str, Sequence[str]]
) -> Figure:
    """Heatmap of coefficients averaged over folds, metrics (rows, by family) x mergers.

    `coefficients` are rows of `tabulate_coefficients` for one predictor and target; `families`
    maps the title of each metric family to its metrics, in drawing order. Every column is divided
    by its largest absolute value, since the length of the coefficients differs between mergers
    and means nothing for a correlation. Metrics without coefficient are left out.
    """
    row = coefficients.iloc[0]
    means = coefficients.pivot_table("mean", "metric", "merger", dropna=False)
    return plot_metric_heatmap(
        means / means.abs().max().replace(0.0, 1.0),
        families,
        title=(
            f"{readable(row['predictor'])} on {readable(row['target'])}: "
            "mean coefficients over folds"
        ),
        label="mean coefficient /\nlargest of the column",
        colours=DIVERGING,
        limits=(-1, 1),
    )
