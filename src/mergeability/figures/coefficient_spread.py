"""How much the coefficients of a predictor vary between folds, one panel per merger."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.metric_heatmap import metrics_by_family
from mergeability.figures.style import COLOURS, readable, styled
from mergeability.prediction.coefficients import read_loto_coefficients

_INCHES_PER_METRIC = 0.21
_INCHES_PER_MERGER = 1.55
_FAMILY_GAP = 0.6


def draw(coefficients: str, families: Mapping[str, Sequence[str]], predictor: str) -> Figure:
    """The coefficients of one predictor under leave-one-task-out, from those of all."""
    return plot_coefficient_spread(read_loto_coefficients(coefficients, predictor), families)


@styled
def plot_coefficient_spread(
    coefficients: pd.DataFrame, families: Mapping[str, Sequence[str]]
) -> Figure:
    """Dots at the mean coefficients over folds, whiskers of one `sd`, one panel per merger.

    `coefficients` are rows of `tabulate_coefficients` for one target, protocol and predictor;
    `families` maps the title of each metric family to its metrics, in drawing order. Every panel
    is divided by its largest absolute mean, since the length of the coefficients differs between
    mergers and means nothing for a correlation. Metrics without coefficient have no dot.
    """
    mergers = sorted(coefficients["merger"].unique())
    shown = metrics_by_family(families, coefficients["metric"])
    places = _places(shown)
    height = 1.4 + _INCHES_PER_METRIC * max(places.values())
    figure = Figure(figsize=(4.3 + _INCHES_PER_MERGER * len(mergers), height))
    grid = figure.subplots(1, len(mergers), sharex=True, sharey=True, squeeze=False)[0]
    for axes, merger in zip(grid, mergers, strict=True):
        rows = coefficients[coefficients["merger"] == merger].set_index("metric")
        scaled = rows[["mean", "sd"]] / (rows["mean"].abs().max() or 1.0)
        axes.grid(visible=True)
        axes.axvline(0, color="black", linewidth=0.8)
        for metrics, colour in zip(shown.values(), cycle(COLOURS), strict=False):
            drawn = scaled.reindex(metrics)
            axes.errorbar(
                drawn["mean"], [places[metric] for metric in metrics], xerr=drawn["sd"],
                fmt="o", markersize=3.8, elinewidth=1.1, color=colour,
            )  # fmt: skip
        axes.set_title(readable(merger))
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(list(places.values()), [readable(metric) for metric in places])
    grid[0].set_ylim(max(places.values()) + 0.7, -0.7)
    for title, metrics in shown.items():
        middle = (places[metrics[0]] + places[metrics[-1]]) / 2
        grid[-1].text(
            1.05, middle, title, va="center",
            transform=grid[-1].get_yaxis_transform(),
        )  # fmt: skip
    row = coefficients.iloc[0]
    figure.supxlabel("coefficient / largest mean of the merger", fontsize=9)
    figure.suptitle(
        f"{readable(row['predictor'])} on {readable(row['target'])}, {row['protocol']}: "
        "coefficients, mean ± sd over folds",
        fontsize=10,
    )
    return figure


def _places(shown: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Height of each metric, downwards from 0, with a gap between families."""
    places: dict[str, float] = {}
    for family, metrics in enumerate(shown.values()):
        for metric in metrics:
            places[metric] = len(places) + family * _FAMILY_GAP
    return places
