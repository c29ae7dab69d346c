"""How well each predictor predicts: a correlation per merger, with intervals."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.style import (
    BASELINE_COLOURS,
    COLOURS,
    legend_columns,
    reach,
    readable,
    styled,
)
from mergeability.prediction.registry import PREDICTORS, PROTOCOLS, STATISTIC_TITLES, titled
from mergeability.prediction.summary import methods_of, order_predictors

_GROUP_WIDTH = 0.84
_MOST_INCHES_PER_BAR = 0.32
_LEAST_INCHES_PER_BAR = 0.19
_INCHES_OF_BARS = 8.5
_INCHES_PER_LEGEND_ENTRY = 1.9


def draw(summary: str, protocol: str) -> Figure:
    """The statistic that suits `protocol`, from the summary of all protocols of a target."""
    rows = pd.read_parquet(summary)
    return plot_validation_bars(rows[rows["protocol"] == protocol], PROTOCOLS[protocol].statistic)


@styled
def plot_validation_bars(summary: pd.DataFrame, statistic: str = "validation_r") -> Figure:
    """Bars of `statistic` with 95 % jackknife intervals, grouped by merger.

    `summary` holds the rows of one target and protocol (see `summarize`). `statistic` is
    `relative_r` for protocols whose folds are too small for a correlation of their own. Predictors
    that learn from metrics are coloured, baselines grey and hatched, references that merge white.
    Undefined values have no bar, undefined intervals no whisker.
    """
    mergers = sorted(summary["merger"].unique())
    predictors, methods = order_predictors(summary), methods_of(summary)
    looks = _looks(methods, predictors)
    width = _GROUP_WIDTH / len(predictors)
    n_bars = len(mergers) * len(predictors)
    inches = np.clip(_INCHES_OF_BARS / n_bars, _LEAST_INCHES_PER_BAR, _MOST_INCHES_PER_BAR)
    figure_width = max(5.0, 1.8 + inches * n_bars)
    figure = Figure(figsize=(figure_width, 3.9))
    axes = figure.subplots()
    axes.grid(visible=True, axis="y")
    for place, predictor in enumerate(predictors):
        rows = summary[summary["predictor"] == predictor].set_index("merger").reindex(mergers)
        value = rows[statistic]
        whiskers = reach(value, rows[f"{statistic}_low"], rows[f"{statistic}_high"])
        centre = np.arange(len(mergers)) + (place - (len(predictors) - 1) / 2) * width
        axes.bar(
            centre, value, 0.92 * width, yerr=whiskers,
            label=readable(titled(predictor, methods[predictor])),
            error_kw={"elinewidth": 0.9, "ecolor": "black", "capsize": 1.8}, **looks[predictor],
        )  # fmt: skip
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xticks(range(len(mergers)), [readable(merger) for merger in mergers])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel(STATISTIC_TITLES[statistic])
    target, protocol = summary["target"].iloc[0], summary["protocol"].iloc[0]
    axes.set_title(
        f"Prediction of {readable(target)}, {protocol}\n"
        "whiskers: 95 % intervals by jackknife over tasks"
    )
    n_columns = legend_columns(len(predictors), figure_width, _INCHES_PER_LEGEND_ENTRY)
    figure.legend(loc="outside lower center", ncols=n_columns)
    return figure


def _looks(methods: Mapping[str, str], predictors: list[str]) -> dict[str, dict[str, Any]]:
    colours, greys = cycle(COLOURS), cycle(BASELINE_COLOURS)
    looks: dict[str, dict[str, Any]] = {}
    for predictor in predictors:
        kind = PREDICTORS[methods[predictor]].kind
        if kind == "predictor":
            looks[predictor] = {"color": next(colours)}
        elif kind == "baseline":
            looks[predictor] = {"color": next(greys), "hatch": "////", "edgecolor": "white"}
        else:
            looks[predictor] = {"color": "white", "hatch": "....", "edgecolor": "black"}
    return looks
