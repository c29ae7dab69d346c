"""How steadily a predictor uses each metric: the share of folds with a coefficient."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.metric_heatmap import plot_metric_heatmap
from mergeability.figures.style import SEQUENTIAL, readable, styled
from mergeability.prediction.coefficients import read_loto_coefficients


def draw(coefficients: str, families: Mapping[str, Sequence[str]], predictor: str) -> Figure:
    """The coefficients of one predictor under leave-one-task-out, from those of all."""
    return plot_selection_frequency(read_loto_coefficients(coefficients, predictor), families)


@styled
def plot_selection_frequency(
    coefficients: pd.DataFrame, families: Mapping[str, Sequence[str]]
) -> Figure:
    """Heatmap of `nonzero`, in percent of the folds, metrics (rows, by family) x mergers.

    `coefficients` are rows of `tabulate_coefficients` for one target, protocol and predictor;
    `families` maps the title of each metric family to its metrics, in drawing order.
    """
    percent = 100 * coefficients.pivot_table("nonzero", "metric", "merger", dropna=False)
    row = coefficients.iloc[0]
    return plot_metric_heatmap(
        percent,
        families,
        title=(
            f"{readable(row['predictor'])} on {readable(row['target'])}, {row['protocol']}: "
            "folds that use a metric"
        ),
        label="% of folds with a\ncoefficient other than 0",
        colours=SEQUENTIAL,
        limits=(0, 100),
        texts=percent.map("{:.0f}".format),
    )
