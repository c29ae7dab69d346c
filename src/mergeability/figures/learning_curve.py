"""How many merges it takes to know the others: correlation by share of pairs measured."""

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.style import COLOURS, MARKERS, panel_grid, readable, styled


def draw(table: str, target: str) -> Figure:
    """The learning curves of `target`, from their table."""
    return plot_learning_curve(pd.read_csv(table), target)


@styled
def plot_learning_curve(curve: pd.DataFrame, target: str) -> Figure:
    """One panel per merger, one line per predictor, with 95 % intervals by jackknife over tasks.

    `curve` as `prediction.budget.learning_curve` returns it. Points without a correlation are left
    out.
    """
    mergers, predictors = sorted(curve["merger"].unique()), sorted(curve["predictor"].unique())
    figure, grid = panel_grid(len(mergers), 0.9, sharey=True)
    for axes, merger in zip(grid, mergers, strict=True):
        axes.grid(visible=True)
        looks = zip(predictors, COLOURS, MARKERS, strict=False)
        for predictor, colour, marker in looks:
            chosen = (curve["merger"] == merger) & (curve["predictor"] == predictor)
            line = curve[chosen].dropna(subset=["r"]).sort_values("share")
            axes.plot(
                100 * line["share"], line["r"], marker=marker, markersize=4, color=colour,
                linewidth=1.3, label=readable(predictor),
            )  # fmt: skip
            axes.fill_between(
                100 * line["share"], line["r_low"], line["r_high"], color=colour, alpha=0.08,
                linewidth=0,
            )  # fmt: skip
        axes.set_title(readable(merger))
        axes.set_xlabel("pairs that were merged (%)")
        axes.set_ylim(min(0.0, max(-0.3, curve["r"].min() - 0.05)), 1.02)
    grid[0].set_ylabel(f"r of the other pairs\n({readable(target)})")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(predictors)))
    return figure
