"""How well the ranking of sets is predicted, per predictor and merger."""

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.forest import draw_forest
from mergeability.figures.style import decimals, styled
from mergeability.paper_tables import paper_tables
from mergeability.sets.tabulation import TARGETS

_INCHES_PER_PREDICTOR = 0.75


def draw(correlations: str) -> Figure:
    """The correlations of a zoo beside the published range, which the paper's tables hold."""
    span = paper_tables()["subset_ranking_range"].iloc[0]
    return plot_set_correlations(pd.read_csv(correlations), (span["lowest"], span["highest"]))


@styled
def plot_set_correlations(correlations: pd.DataFrame, published: tuple[float, float]) -> Figure:
    """Spearman correlations with intervals, one panel per target.

    `correlations` is what `sets.skill.correlate_sets` returns. `published`, the least and the
    largest published correlation of five mergers, is drawn as a band behind the first panel.
    """
    predictors = sorted(correlations["predictor"].unique())
    height = 1.9 + _INCHES_PER_PREDICTOR * len(predictors)
    figure = Figure(figsize=(8.5, height))
    grid = figure.subplots(1, len(TARGETS), sharey=True)
    for axes, target in zip(grid, TARGETS, strict=True):
        rows = correlations[correlations["target"] == target]
        draw_forest(axes, rows, "spearman", "predictor", "merger", predictors)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_xlim(-1.05, 1.05)
        axes.set_xlabel("Spearman correlation over sets")
        axes.set_title(f"{target} of the tasks")
    low, high = published
    grid[0].axvspan(low, high, color="#CFCFCF", alpha=0.6, linewidth=0, label="published (range)")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    sets = correlations["n_sets"].max()
    figure.suptitle(
        f"Up to {sets} sets; whiskers: 95 % intervals by jackknife over tasks; "
        f"published: {decimals(low)} to {decimals(high)}",
        fontsize=10,
    )
    return figure
