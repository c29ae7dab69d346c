"""Which of many checkpoints to merge: pairs by predicted target, with intervals."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mergeability.figures.style import COLOURS, MARKERS, legend_columns, readable, styled

_BEST, _WORST = 25, 5
_INCHES_PER_PAIR = 0.21
_INCHES = 7.2


@styled
def plot_recommended_pairs(pairs: pd.DataFrame, target: str) -> Figure:
    """One row per pair, the best above: its best merger with interval, the others as small dots.

    `pairs` as in `recommend`. Of many pairs, the `_BEST` first and the `_WORST` last are drawn.
    Pairs outside of what was learned from are hollow. Intervals that are NaN are not drawn.
    """
    shown = _first_and_last(int(pairs["rank"].max()))
    mergers = sorted(pairs["merger"].unique())
    looks = {
        merger: (COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)])
        for i, merger in enumerate(mergers)
    }
    figure = Figure(figsize=(_INCHES, 1.9 + _INCHES_PER_PAIR * len(shown)))
    axes = figure.subplots()
    axes.grid(visible=True, axis="x")
    predicted = f"predicted_{target}"
    for place, rank in enumerate(shown):
        rows = pairs[pairs["rank"] == rank]
        for row in rows.iloc[::-1].to_dict("records"):  # the best merger last, on top
            colour, marker = looks[row["merger"]]
            best = row["merger_rank"] == 1
            if best:
                axes.plot([row["low"], row["high"]], [place] * 2, color=colour, linewidth=1.4)
            axes.plot(
                row[predicted], place, marker=marker, color=colour,
                markersize=5.5 if best else 3, alpha=1 if best else 0.6,
                markerfacecolor="white" if row["outside"] else colour,
            )  # fmt: skip
    names = pairs.drop_duplicates("rank").set_index("rank")["pair"]
    axes.set_yticks(
        np.arange(len(shown)), [f"{rank}  {names[rank].replace('__', ' + ')}" for rank in shown]
    )
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    if len(shown) < len(names):
        axes.axhline(_BEST - 0.5, color="black", linewidth=0.8, linestyle=":")
    axes.set_xlabel(f"predicted {readable(target)}")
    axes.set_title(
        f"{len(names)} pairs, {len(shown)} shown\nlarge: best merger, with its interval; small: "
        "other mergers\nhollow: outside of what was learned from"
    )
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="", label=readable(merger))
        for merger, (colour, marker) in looks.items()
    ]
    columns = legend_columns(len(handles), _INCHES, 1.5)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
    return figure


def _first_and_last(n_pairs: int) -> list[int]:
    """The ranks that are drawn: all, if there are few."""
    if n_pairs <= _BEST + _WORST:
        return list(range(1, n_pairs + 1))
    return [*range(1, _BEST + 1), *range(n_pairs - _WORST + 1, n_pairs + 1)]
