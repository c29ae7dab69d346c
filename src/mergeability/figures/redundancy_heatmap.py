"""Which metrics say the same: a metric x metric heatmap, ordered by group."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mergeability.figures.metric_heatmap import draw_cells, write_cells
from mergeability.figures.style import DIVERGING, decimals, readable, styled

_CELL_INCHES = 0.3


def draw(redundancy: str, groups: str) -> Figure:
    """The correlations between metrics and their groups, from the two tables."""
    return plot_redundancy_heatmap(pd.read_csv(redundancy), pd.read_csv(groups))


@styled
def plot_redundancy_heatmap(correlations: pd.DataFrame, groups: pd.DataFrame) -> Figure:
    """Heatmap of `spearman_r` between all metrics, groups of more than one metric outlined.

    `correlations` is the frame of `correlate_metric_pairs`, `groups` that of `group_metrics`: the
    `group` of every metric and its `representative`, whose name is bold. Metrics are ordered by
    group, within a group as in `groups`. The diagonal is 1; pairs of metrics without a
    correlation are grey.
    """
    ordered = groups.sort_values("group", kind="stable")
    metrics = list(ordered["metric"])
    matrix = _square(correlations, metrics)
    side = _CELL_INCHES * len(metrics)
    figure = Figure(figsize=(4.4 + side, 2.9 + side))
    axes = figure.subplots()
    image = draw_cells(axes, matrix, DIVERGING, (-1, 1))
    axes.set_aspect("equal")
    write_cells(axes, image, matrix.map(decimals), size=6)
    names = [readable(metric) for metric in metrics]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    for place in np.flatnonzero(ordered["metric"] == ordered["representative"]):
        axes.get_xticklabels()[place].set_fontweight("bold")
        axes.get_yticklabels()[place].set_fontweight("bold")
    sizes = ordered.groupby("group").size()
    for start, size in zip(sizes.cumsum() - sizes, sizes, strict=True):
        if size > 1:
            axes.add_patch(_outline(start - 0.5, size))
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, pad=0.02)
    bar.set_label("Spearman r over pairs")
    bar.outline.set_visible(False)
    figure.suptitle(
        f"{len(metrics)} metrics in {len(sizes)} groups (outlined; bold: representatives)",
        fontsize=10,
    )
    return figure


def _outline(corner: float, size: int) -> Rectangle:
    """A square frame on the diagonal."""
    return Rectangle(
        (corner, corner), size, size,
        fill=False, edgecolor="black", linewidth=1.6, clip_on=False,
    )  # fmt: skip


def _square(correlations: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """Spearman's r as a symmetric frame (metrics, metrics) with ones on the diagonal."""
    half = correlations.pivot_table("spearman_r", "metric_a", "metric_b", dropna=False)
    half = half.reindex(index=metrics, columns=metrics)
    both = half.fillna(half.T)
    return both.mask(np.eye(len(metrics), dtype=bool), 1.0)
