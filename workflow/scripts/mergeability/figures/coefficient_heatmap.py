"""What a predictor looks at: its mean coefficients, metrics x mergers."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from mergeability.figures.style import DIVERGING, readable, styled

_INCHES_PER_METRIC = 0.24
_INCHES_PER_MERGER = 0.75


@styled
def plot_coefficient_heatmap(
    coefficients: pd.DataFrame, families: Mapping[str, Sequence[str]], predictor: str, target: str
) -> Figure:
    """Heatmap of coefficients averaged over folds, metrics (rows, by family) x mergers.

    `coefficients` are rows of `tabulate_coefficients` for one predictor and target; `families`
    maps the title of each metric family to its metrics, in drawing order. Every column is divided
    by its largest absolute value, since the length of the coefficients differs between mergers
    and means nothing for a correlation. Metrics without coefficient are left out.
    """
    means = coefficients.pivot_table("mean", "metric", "merger")
    scaled = means / means.abs().max().replace(0.0, 1.0)
    shown = {
        title: [metric for metric in metrics if metric in scaled.index]
        for title, metrics in families.items()
    }
    shown = {title: metrics for title, metrics in shown.items() if metrics}
    sizes = [len(metrics) for metrics in shown.values()]
    figure = Figure(
        figsize=(5.4 + _INCHES_PER_MERGER * scaled.shape[1], 1.8 + _INCHES_PER_METRIC * sum(sizes))
    )
    grid = figure.subplots(len(shown), sharex=True, height_ratios=sizes, squeeze=False)[:, 0]
    for axes, (title, metrics) in zip(grid, shown.items(), strict=True):
        image = _draw_family(axes, title, scaled.loc[metrics])
    mergers = [readable(merger) for merger in scaled.columns]
    grid[-1].set_xticks(
        range(len(mergers)), mergers, rotation=30, ha="right", rotation_mode="anchor"
    )
    bar = figure.colorbar(image, ax=grid, shrink=0.4, aspect=25, pad=0.02)
    bar.set_label("mean coefficient / largest of the column")
    bar.outline.set_visible(False)
    figure.suptitle(
        f"{readable(predictor)} on {readable(target)}: mean coefficients over folds", fontsize=10
    )
    return figure


def _draw_family(axes: Axes, title: str, values: pd.DataFrame) -> AxesImage:
    image = axes.imshow(values.to_numpy(), cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    axes.set_yticks(range(len(values)), [readable(metric) for metric in values.index])
    axes.yaxis.set_label_position("right")
    axes.set_ylabel(title, rotation=0, ha="left", va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return image
