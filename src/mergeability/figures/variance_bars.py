"""How much of the target the two tasks explain one by one: shares of variance per merger."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mergeability.figures.style import COLOURS, MISSING_TEXT, decimals, readable, styled

_INCHES_PER_MERGER = 0.34


def draw(variance: str) -> Figure:
    """The shares of variance of all targets, from their table."""
    return plot_variance_bars(pd.read_csv(variance))


@styled
def plot_variance_bars(table: pd.DataFrame) -> Figure:
    """Stacked bars: variance by task effects (`r_squared`) and by interaction, one per merger.

    `table` holds one row per `target` and `merger` (see `decompose_variance`); every target
    has its panel. Whiskers are the interval of `r_squared`, which is also written out. Undefined
    shares have no bar.
    """
    targets = list(table["target"].unique())
    mergers = sorted(table["merger"].unique())
    figure = Figure(figsize=(1.6 + 3.9 * len(targets), 1.5 + _INCHES_PER_MERGER * len(mergers)))
    grid = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    for axes, target in zip(grid, targets, strict=True):
        rows = table[table["target"] == target].set_index("merger").reindex(mergers)
        _draw_panel(axes, rows)
        axes.set_title(readable(target))
    grid[0].set_yticks(range(len(mergers)), [readable(merger) for merger in mergers])
    grid[0].set_ylim(len(mergers) - 0.4, -0.6)
    figure.supxlabel("share of the variance over pairs, with 95 % interval", fontsize=9)
    figure.legend(
        *grid[0].get_legend_handles_labels(), loc="outside upper center", ncols=2
    )  # fmt: skip
    return figure


def _draw_panel(axes: Axes, rows: pd.DataFrame) -> None:
    share, low, high = rows[["r_squared", "r_squared_low", "r_squared_high"]].to_numpy(np.float64).T
    centre = np.arange(len(rows))
    axes.barh(centre, share, 0.66, color=COLOURS[5], label="effects of the single tasks")
    axes.barh(
        centre, 1 - share, 0.66, left=share, color=COLOURS[4], label="interaction between tasks"
    )
    axes.errorbar(
        share, centre, xerr=np.stack([share - low, high - share]),
        fmt="none", ecolor="black", elinewidth=1, capsize=2.5,
    )  # fmt: skip
    for place, numbers in enumerate(zip(share, low, high, strict=True)):
        value, least, most = (decimals(number) for number in numbers)
        text = MISSING_TEXT if np.isnan(share[place]) else f"{value} [{least}, {most}]"
        axes.text(1.02, place, text, va="center", size=8)
    axes.set_xlim(0, 1)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
