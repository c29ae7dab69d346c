"""How all pairs compare where nothing was merged: one task x task heatmap per metric."""

from math import ceil

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.metric_heatmap import draw_cells
from mergeability.figures.style import SEQUENTIAL, readable, styled

_COLUMNS = 4
_INCHES_PER_TASK = 0.17


def draw(table: str) -> Figure:
    """All metrics of a zoo, from their table."""
    return plot_screening_panels(pd.read_csv(table))


@styled
def plot_screening_panels(table: pd.DataFrame) -> Figure:
    """Heatmaps of all metrics of `table` (`task_a`, `task_b` and a column per metric).

    Every panel has its own range of colours: values of different metrics do not compare.
    """
    metrics = [name for name in table.columns if name not in ("task_a", "task_b")]
    tasks = sorted({*table["task_a"], *table["task_b"]})
    rows = ceil(len(metrics) / _COLUMNS)
    side = 1.6 + _INCHES_PER_TASK * len(tasks)
    figure = Figure(figsize=(1 + _COLUMNS * (side + 0.5), 1.4 + rows * side))
    grid = figure.subplots(rows, _COLUMNS, squeeze=False)
    for axes in grid.flat[len(metrics) :]:
        axes.set_axis_off()
    for axes, metric in zip(grid.flat, metrics, strict=False):
        image = draw_cells(axes, _square(table, metric, tasks), SEQUENTIAL, _limits(table[metric]))
        axes.set_aspect("equal")
        axes.set_title(readable(metric), fontsize=8)
        axes.set_xticks(range(len(tasks)), tasks, rotation=90, fontsize=6)
        axes.set_yticks(range(len(tasks)), tasks, fontsize=6)
        bar = figure.colorbar(image, ax=axes, shrink=0.7, aspect=20)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=6)
    figure.suptitle("Metrics of all pairs, computed without merging", fontsize=10)
    return figure


def _limits(values: pd.Series) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _square(table: pd.DataFrame, metric: str, tasks: list[str]) -> pd.DataFrame:
    """The metric as a symmetric frame; no task is a pair with itself."""
    half = table.pivot_table(metric, "task_a", "task_b").reindex(index=tasks, columns=tasks)
    return half.combine_first(half.T).mask(np.eye(len(tasks), dtype=bool))
