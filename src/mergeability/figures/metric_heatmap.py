"""Heatmaps of metrics x mergers, one block of rows per metric family: one look for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from mergeability.figures.style import MISSING_COLOUR, MISSING_TEXT, ink_on, readable, styled

_INCHES_PER_METRIC = 0.24
_INCHES_PER_MERGER = 0.75
_METRICS_BESIDE_BAR = 7


@styled
def plot_metric_heatmap(
    values: pd.DataFrame,
    families: Mapping[str, Sequence[str]],
    title: str,
    label: str,
    colours: str,
    limits: tuple[float, float],
    texts: pd.DataFrame | None = None,
) -> Figure:
    """Heatmap of `values` (metrics x mergers), rows grouped by family.

    `families` maps the title of each metric family to its metrics, in drawing order; metrics
    without a row in `values` are left out. `colours` names a colour map that spans `limits`, and
    `label` explains it. `texts` (same index and columns) is written into the cells. Missing values
    are grey with a dash.
    """
    shown = metrics_by_family(families, values.index)
    sizes = [len(metrics) for metrics in shown.values()]
    figure = Figure(
        figsize=(5.4 + _INCHES_PER_MERGER * values.shape[1], 1.8 + _INCHES_PER_METRIC * sum(sizes))
    )
    grid = figure.subplots(len(shown), sharex=True, height_ratios=sizes, squeeze=False)[:, 0]
    for axes, (family, metrics) in zip(grid, shown.items(), strict=True):
        image = draw_cells(axes, values.loc[metrics], colours, limits)
        write_cells(axes, image, None if texts is None else texts.loc[metrics])
        axes.set_yticks(range(len(metrics)), [readable(metric) for metric in metrics])
        axes.yaxis.set_label_position("right")
        axes.set_ylabel(family, rotation=0, ha="left", va="center")
    mergers = [readable(merger) for merger in values.columns]
    grid[-1].set_xticks(
        range(len(mergers)), mergers, rotation=30, ha="right", rotation_mode="anchor"
    )
    shrink = float(np.clip(_METRICS_BESIDE_BAR / sum(sizes), 0.4, 1))
    bar = figure.colorbar(image, ax=grid, shrink=shrink, aspect=25, pad=0.03)
    bar.set_label(label)
    bar.outline.set_visible(False)
    figure.suptitle(title, fontsize=10)
    return figure


def metrics_by_family(
    families: Mapping[str, Sequence[str]], known: Iterable[str]
) -> dict[str, list[str]]:
    """The metrics of each family that are among `known`; families without any are left out."""
    kept = set(known)
    shown = {
        title: [metric for metric in metrics if metric in kept]
        for title, metrics in families.items()
    }
    return {title: metrics for title, metrics in shown.items() if metrics}


def draw_cells(
    axes: Axes, values: pd.DataFrame, colours: str, limits: tuple[float, float]
) -> AxesImage:
    """One coloured cell per value, grey where missing, without frame and tick marks."""
    low, high = limits
    palette = colormaps[colours].with_extremes(bad=MISSING_COLOUR)
    numbers = np.ma.masked_invalid(values.to_numpy(dtype=np.float64))
    image = axes.imshow(numbers, cmap=palette, vmin=low, vmax=high, aspect="auto")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return image


def write_cells(
    axes: Axes, image: AxesImage, texts: pd.DataFrame | None, size: float = 7.0
) -> None:
    """Write `texts` over the cells of `image`, light on dark and dark on light; a dash if missing.

    Without `texts` only missing cells are marked.
    """
    numbers: np.ma.MaskedArray[Any, Any] = np.ma.asarray(image.get_array())
    for (row, column), missing in np.ndenumerate(np.ma.getmaskarray(numbers)):
        if missing:
            text = MISSING_TEXT
        elif texts is not None:
            text = str(texts.iloc[row, column])
        else:
            continue
        ink = ink_on(image.to_rgba(numbers[row : row + 1, column : column + 1])[0, 0])
        axes.text(column, row, text, ha="center", va="center", size=size, color=ink)
