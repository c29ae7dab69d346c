"""How well each pair of tasks merges: a task x task heatmap."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mergeability.figures.style import MISSING_COLOUR, SEQUENTIAL, readable, styled

Floats = NDArray[np.float64]

_CELL_INCHES = 0.37
_LEAST_CELL_INCHES_WITH_VALUE = 0.28
_MOST_INCHES = 14.0


def draw(table: str) -> Figure:
    """The normalised accuracy of all pairs under one merger, from its pairs table."""
    return plot_accuracy_heatmap(pd.read_parquet(table), "normalized_accuracy")


@styled
def plot_accuracy_heatmap(table: pd.DataFrame, target: str) -> Figure:
    """Heatmap of `target` over the pairs of one merger's pairs table.

    Tasks are ordered by their mean over partners, best first, and ties by name. Pairs without a
    value are grey. The title gives mean and standard deviation over pairs. Cells shrink and lose
    their numbers where there are too many tasks to read them.
    """
    tasks, matrix = symmetric_matrix(table, target)
    values = table[target].dropna()
    cell = min(_CELL_INCHES, _MOST_INCHES / len(tasks))
    size = 2.0 + cell * len(tasks)
    figure = Figure(figsize=(size + 0.6, size))
    axes = figure.subplots()
    axes.imshow(
        np.where(np.eye(len(tasks)) > 0, np.nan, 0.0), cmap=ListedColormap([MISSING_COLOUR])
    )
    image = axes.imshow(matrix, cmap=SEQUENTIAL)
    axes.set_xticks(range(len(tasks)), tasks, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(tasks)), tasks)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(1, len(tasks)) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, len(tasks)) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="minor", length=0)
    if cell >= _LEAST_CELL_INCHES_WITH_VALUE:
        _write_values(axes, matrix)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, pad=0.02)
    bar.set_label(readable(target))
    bar.outline.set_visible(False)
    axes.set_title(
        f"{readable(str(table['merger'].iloc[0]))}: {readable(target)} of pairs\n"
        f"{values.mean():.3f} ± {values.std(ddof=0):.3f} (mean ± sd, {len(values)} pairs)"
    )
    return figure


def symmetric_matrix(table: pd.DataFrame, target: str) -> tuple[list[str], Floats]:
    """Tasks, by descending mean, and the matrix (tasks, tasks) of `target`; NaN where unknown."""
    both = pd.concat(
        [
            table[["task_a", "task_b", target]],
            table[["task_a", "task_b", target]].rename(
                columns={"task_a": "task_b", "task_b": "task_a"}
            ),
        ]
    )
    matrix = both.pivot_table(target, "task_a", "task_b", dropna=False)
    means = matrix.mean(axis=1)
    tasks = sorted(matrix.index, key=lambda task: (-means[task], task))
    return tasks, matrix.loc[tasks, tasks].to_numpy(dtype=np.float64)


def _write_values(axes: Axes, matrix: Floats) -> None:
    """Two decimals in every cell, light on dark and dark on light."""
    middle = (np.nanmin(matrix) + np.nanmax(matrix)) / 2
    for row, column in np.argwhere(np.isfinite(matrix)):
        value = matrix[row, column]
        colour = "black" if value > middle else "white"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", size=6.5, color=colour)
