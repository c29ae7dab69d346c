"""How easily tasks are disturbed, against how much they disturb their partners."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from mergeability.figures.style import COLOURS, panel_grid, readable, styled


def draw(effects: str, shares: str) -> Figure:
    """The effects of all tasks, from their tables."""
    return plot_direction_effects(pd.read_csv(effects), pd.read_csv(shares))


@styled
def plot_direction_effects(effects: pd.DataFrame, shares: pd.DataFrame) -> Figure:
    """One panel per merger, one point per task, with 95 % intervals; both axes are factors.

    `effects` and `shares` as `analysis.direction_effects` returns them. The title of a panel says
    how much of the variance of log losses each part has.
    """
    mergers = sorted(effects["merger"].unique())
    figure, grid = panel_grid(len(mergers), 1.0, sharey=True)
    for axes, merger in zip(grid, mergers, strict=True):
        _draw_panel(axes, effects[effects["merger"] == merger])
        of_merger = shares[shares["merger"] == merger].set_index("part")["share"]
        told = ", ".join(f"{part} {share:.0%}" for part, share in of_merger.items())
        axes.set_title(f"{readable(merger)}\n{told}", fontsize=8)
        axes.set_xlabel("how easily it is disturbed")
    grid[0].set_ylabel("how much it disturbs")
    figure.supxlabel("factors of the loss, against the mean of all tasks", fontsize=9)
    return figure


def _draw_panel(axes: Axes, rows: pd.DataFrame) -> None:
    x, y = rows["disturbed"], rows["disturbs"]
    axes.errorbar(
        x, y,
        xerr=[x - rows["disturbed_low"], rows["disturbed_high"] - x],
        yerr=[y - rows["disturbs_low"], rows["disturbs_high"] - y],
        fmt="o", markersize=3, color=COLOURS[0], ecolor="lightgrey", elinewidth=0.8,
    )  # fmt: skip
    for task, left, up in zip(rows["task"], x, y, strict=True):
        axes.annotate(task, (left, up), xytext=(2, 2), textcoords="offset points", fontsize=5)
    axes.axhline(1, color="grey", linewidth=0.6)
    axes.axvline(1, color="grey", linewidth=0.6)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda factor, _: f"{factor:g}"))
    axes.set_xlim(min(0.45, 0.9 * x.min()), max(2.2, 1.4 * x.max()))
