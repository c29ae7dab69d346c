"""Predicted against real accuracies of merged sets, one panel per merger."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.style import COLOURS, panel_grid, readable, styled
from mergeability.sets.tabulation import TARGETS


def draw(predictions: Sequence[str], predictor: str) -> Figure:
    """The predictions of one predictor, from the tables of all mergers."""
    tables = pd.concat(map(pd.read_csv, predictions), ignore_index=True)
    return plot_set_predictions(tables, predictor)


@styled
def plot_set_predictions(predictions: pd.DataFrame, predictor: str) -> Figure:
    """Scatter of `predicted` against `observed`, both targets, with the line of equality.

    `predictions` holds rows of `sets.prediction.predict_sets` of all mergers. Mergers for which
    nothing could be predicted have an empty panel.
    """
    mergers = sorted(predictions["merger"].unique())
    shown = predictions[predictions["predictor"] == predictor]
    figure, panels = panel_grid(len(mergers), margin=0.9)
    for axes, merger in zip(panels, mergers, strict=True):
        of_merger = shown[shown["merger"] == merger]
        axes.grid(visible=True)
        for target, colour in zip(TARGETS, COLOURS, strict=False):
            rows = of_merger[of_merger["target"] == target]
            axes.scatter(
                rows["observed"], rows["predicted"], s=9, color=colour, alpha=0.45, linewidths=0
            )
        if len(of_merger):
            ends = np.array([of_merger["observed"].min(), of_merger["observed"].max()])
            axes.plot(ends, ends, color="black", linewidth=1)
        axes.set_title(f"{readable(merger)} ({of_merger['set'].nunique()} sets)")
    for target, colour in zip(TARGETS, COLOURS, strict=False):
        panels[0].scatter([], [], s=9, color=colour, label=f"{target} of the tasks")
    figure.legend(loc="outside right upper")
    figure.supxlabel("observed normalized accuracy", fontsize=9)
    figure.supylabel("predicted", fontsize=9)
    figure.suptitle(f"{readable(predictor)}: sets, learnt without any of their tasks", fontsize=10)
    return figure
