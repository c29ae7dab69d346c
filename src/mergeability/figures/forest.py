"""Dots with whiskers, one row per name and one colour per group."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergeability.figures.style import COLOURS, MARKERS, dodged, reach, readable


def draw_forest(
    axes: Axes, table: pd.DataFrame, value: str, rows: str, groups: str, names: Sequence[str]
) -> None:
    """Draw `value` with the interval `<value>_low` to `<value>_high`; undefined ones have no dot.

    `rows` and `groups` name columns of `table`; `names` are the rows, from top to bottom. Groups
    are drawn in order of appearance.
    """
    draw_bands(axes, len(names))
    listed = list(table[groups].unique())
    looks = zip(cycle(COLOURS), cycle(MARKERS), strict=False)
    for group, shift, (colour, marker) in zip(
        listed, dodged(len(listed), 1.0), looks, strict=False
    ):
        own = table[table[groups] == group].set_index(rows).reindex(names)
        whiskers = reach(own[value], own[f"{value}_low"], own[f"{value}_high"])
        axes.errorbar(
            own[value], np.arange(len(names)) + shift, xerr=whiskers,
            fmt=marker, markersize=4.5, color=colour, elinewidth=1.2, label=readable(str(group)),
        )  # fmt: skip
    axes.set_yticks(range(len(names)), [readable(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def draw_bands(axes: Axes, n_rows: int) -> None:
    """Vertical grid lines, and a grey band behind every second row from the first on."""
    for place in range(0, n_rows, 2):
        axes.axhspan(place - 0.5, place + 0.5, color="#F4F4F4", linewidth=0)
    axes.grid(visible=True, axis="x")
