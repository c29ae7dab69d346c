"""Which merger keeps most: mean and worst task of all mergers, best first."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.style import COLOURS, MARKERS, dodged, reach, readable, styled

_INCHES_PER_MERGER = 0.34
_SHOWN = {"mean": "mean of both tasks", "worst_task": "worse of the two tasks"}


def draw(table: str) -> Figure:
    """All mergers of a zoo, from their table."""
    return plot_merger_ranking(pd.read_csv(table))


@styled
def plot_merger_ranking(table: pd.DataFrame) -> Figure:
    """Dots and whiskers: `mean` and `worst_task` of `rank_mergers`, one row per merger, in order.

    A small bar marks `least`, the worst task of all pairs. Undefined values have no dot.
    """
    places = np.arange(len(table))
    figure = Figure(figsize=(6.4, 1.6 + _INCHES_PER_MERGER * len(table)))
    axes = figure.subplots()
    axes.grid(visible=True, axis="x")
    axes.axvline(1, color="black", linewidth=0.8)
    for name, shift, colour, marker in zip(
        _SHOWN, dodged(len(_SHOWN), 0.8), COLOURS, MARKERS, strict=False
    ):
        value, low, high = (table[f"{name}{end}"] for end in ("", "_low", "_high"))
        axes.errorbar(
            value, places + shift, xerr=reach(value, low, high),
            fmt=marker, markersize=4.5, color=colour, elinewidth=1.2, label=_SHOWN[name],
        )  # fmt: skip
    axes.plot(
        table["least"], places, "|", color=COLOURS[1], markersize=8, label="worst task of all pairs"
    )
    axes.set_yticks(places, [readable(merger) for merger in table["merger"]])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("normalised accuracy, with 95 % intervals by jackknife over tasks")
    figure.legend(loc="outside upper center", ncols=3)
    return figure
