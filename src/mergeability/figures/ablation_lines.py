"""What an ablation changes: validation r over its variants, one line per merger."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mergeability.analysis.ablations import ABLATIONS
from mergeability.figures.style import (
    COLOURS,
    MARKERS,
    dodged,
    legend_columns,
    reach,
    readable,
    styled,
)
from mergeability.prediction.registry import STATISTIC_TITLES

_DODGED_WIDTH = 0.7
_INCHES_PER_VARIANT = 0.38
_INCHES_PER_LETTER = 0.07
_INCHES_PER_LEGEND_ENTRY = 1.6


def draw(table: str, ablation: str, predictor: str, target: str) -> Figure:
    """The variants of one predictor, from the table of an ablation for one target."""
    rows = pd.read_csv(table, dtype={"variant": str})
    return plot_ablation_lines(
        rows[rows["predictor"] == predictor],
        f"{readable(predictor)} on {readable(target)}",
        ABLATIONS[ablation],
    )


@styled
def plot_ablation_lines(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Lines of `validation_r` with 95 % jackknife intervals over the variants of one ablation.

    `table` holds one row per `variant` and `merger` of one target and predictor; variants are
    drawn in order of appearance. The black line is the mean over mergers and breaks at variants
    where a merger is undefined. Undefined values have no marker, undefined intervals no whisker.
    """
    variants = list(table["variant"].unique())
    mergers = sorted(table["merger"].unique())
    width = max(5.6, 1.6 + _INCHES_PER_VARIANT * len(variants))
    figure = Figure(figsize=(width, 4.1))
    axes = figure.subplots()
    axes.grid(visible=True, axis="y")
    axes.axhline(0, color="black", linewidth=0.8)
    shifts = dodged(len(mergers), _DODGED_WIDTH)
    centres = np.arange(len(variants))
    looks = zip(cycle(COLOURS), cycle(MARKERS), strict=False)
    for merger, shift, (colour, marker) in zip(mergers, shifts, looks, strict=False):
        rows = table[table["merger"] == merger].set_index("variant").reindex(variants)
        value = rows["validation_r"]
        whiskers = reach(value, rows["validation_r_low"], rows["validation_r_high"])
        axes.errorbar(
            centres + shift, value, yerr=whiskers, label=readable(merger),
            color=colour, marker=marker, markersize=4, linewidth=0.8, elinewidth=0.8,
        )  # fmt: skip
    by_variant = table.pivot_table("validation_r", "variant", "merger", dropna=False)
    mean = by_variant.mean(axis=1, skipna=False).reindex(variants)
    axes.errorbar(
        centres, mean, color="black", linewidth=2.4, marker="o", markersize=4.5,
        label="mean over mergers", zorder=3,
    )  # fmt: skip
    names = [readable(variant) for variant in variants]
    axes.set_xticks(centres, names)
    if max(map(len, names)) * _INCHES_PER_LETTER > (width - 1) / len(variants):
        axes.tick_params(axis="x", rotation=30)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(STATISTIC_TITLES["validation_r"])
    axes.set_title(f"{title}\nwhiskers: 95 % intervals by jackknife over tasks")
    n_columns = legend_columns(len(mergers) + 1, width, _INCHES_PER_LEGEND_ENTRY)
    figure.legend(loc="outside lower center", ncols=n_columns)
    return figure
