"""What each metric tells by itself: its correlation with the target, metrics x mergers."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.metric_heatmap import plot_metric_heatmap
from mergeability.figures.style import DIVERGING, decimals, readable, styled


def draw(correlations: str, families: Mapping[str, Sequence[str]]) -> Figure:
    """The correlations of single metrics with one target, from their table."""
    return plot_metric_correlations(pd.read_csv(correlations), families)


@styled
def plot_metric_correlations(
    correlations: pd.DataFrame, families: Mapping[str, Sequence[str]]
) -> Figure:
    """Heatmap of `pearson_r` between metric and target over pairs, metrics (by family) x mergers.

    `correlations` holds one row per merger and metric of one target; `families` maps the title of
    each metric family to its metrics, in drawing order. Values whose row is `significant` bear a
    star (see `correlate_metrics`).
    """
    stars = correlations["significant"].map({True: "*", False: ""})
    written = correlations.assign(text=correlations["pearson_r"].map(decimals) + stars)
    return plot_metric_heatmap(
        written.pivot_table("pearson_r", "metric", "merger", dropna=False),
        families,
        title=(
            f"Correlation of single metrics with {readable(correlations['target'].iloc[0])}\n"
            "* p < 0.05, corrected for all metrics and mergers"
        ),
        label="Pearson r over pairs",
        colours=DIVERGING,
        limits=(-1, 1),
        texts=written.pivot_table("text", "metric", "merger", aggfunc="first"),
    )
