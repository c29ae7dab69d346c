"""How well each predictor does over several zoos: means, intervals, and the zoos themselves."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mergeability.figures.forest import draw_bands
from mergeability.figures.style import BASELINE_COLOURS, COLOURS, reach, readable, styled
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.over_zoos import ALL_ZOOS
from mergeability.prediction.registry import STATISTIC_TITLES, titled

_INCHES_PER_PREDICTOR = 0.36
# By kind of predictor.
_COLOURS = {"predictor": COLOURS[0], "baseline": BASELINE_COLOURS[0], "merges": COLOURS[1]}


def draw(table: str, target: str, protocol: str) -> Figure:
    """One target and protocol, from the table of a comparison of zoos."""
    rows = pd.read_csv(table)
    return plot_zoo_forest(rows[(rows["target"] == target) & (rows["protocol"] == protocol)])


@styled
def plot_zoo_forest(compared: pd.DataFrame) -> Figure:
    """One panel per statistic: means over zoos with intervals, and single zoos as small marks.

    `compared` holds the rows of `compare_zoos` of one target and protocol, of which those that are
    means over mergers are drawn. Predictors are drawn in order of appearance: those that learn from
    metrics blue, baselines grey, references that merge orange. Zoos set aside are crosses, and no
    part of any mean. Undefined values have no mark, undefined intervals no whisker.
    """
    shown = compared[compared["merger"] == ALL_MERGERS]
    predictors = shown.drop_duplicates("predictor")
    statistics = list(shown["statistic"].unique())
    figure = Figure(figsize=(4.5 * len(statistics), 1.9 + _INCHES_PER_PREDICTOR * len(predictors)))
    grid = figure.subplots(1, len(statistics), sharey=True, squeeze=False)[0]
    for axes, statistic in zip(grid, statistics, strict=True):
        rows = shown[shown["statistic"] == statistic]
        _draw_panel(axes, rows, list(predictors["predictor"]))
        axes.set_xlabel(STATISTIC_TITLES[statistic])
    names = [
        readable(titled(name, method))
        for name, method in zip(predictors["predictor"], predictors["method"], strict=True)
    ]
    grid[0].set_yticks(range(len(names)), names)
    grid[0].set_ylim(len(names) - 0.5, -0.5)
    handles, labels = grid[0].get_legend_handles_labels()
    by_label = dict(zip(labels, handles, strict=True))
    figure.legend(by_label.values(), by_label, loc="outside lower center", ncols=len(by_label))
    row = shown.iloc[0]
    figure.suptitle(
        f"Prediction of {readable(row['target'])}, {row['protocol']}: means over mergers\n"
        "whiskers: 95 % intervals by jackknife over tasks, left out of all zoos at once",
        fontsize=10,
    )
    return figure


def _draw_panel(axes: Axes, rows: pd.DataFrame, predictors: list[str]) -> None:
    draw_bands(axes, len(predictors))
    axes.axvline(0, color="black", linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    place = rows["predictor"].map(predictors.index).to_numpy(dtype=np.float64)
    mean, apart = (rows["zoo"] == ALL_ZOOS).to_numpy(), rows["set_aside"].to_numpy()
    for kind, colour in _COLOURS.items():
        chosen = (rows["kind"] == kind).to_numpy() & mean
        of_kind = rows[chosen]
        whiskers = reach(of_kind["value"], of_kind["low"], of_kind["high"])
        axes.errorbar(
            of_kind["value"], place[chosen], xerr=whiskers, fmt="o",
            color=colour, markersize=5.5, elinewidth=1.2,
        )  # fmt: skip
    for chosen, marker, label in ((~mean & ~apart, "|", "one zoo"), (apart, "x", "zoo set aside")):
        if chosen.any():
            values = rows["value"].to_numpy(dtype=np.float64)[chosen]
            axes.scatter(
                values, place[chosen] + 0.28, marker=marker, s=28, color="black", linewidths=1,
                label=label,
            )  # fmt: skip
