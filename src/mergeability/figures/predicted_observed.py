"""Predicted against observed accuracies of held-out pairs, one panel per merger."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mergeability.figures.style import COLOURS, panel_grid, readable, styled


def draw(predictions: Sequence[str], predictor: str, target: str, in_target_units: bool) -> Figure:
    """The predictions of one predictor, from the files of its folds."""
    folds = pd.concat([pd.read_parquet(path) for path in predictions])
    return plot_predicted_observed(folds, predictor, target, in_target_units)


@styled
def plot_predicted_observed(
    predictions: pd.DataFrame, predictor: str, target: str, in_target_units: bool
) -> Figure:
    """Scatter of the held-out predictions of one predictor, one panel per merger.

    `predictions` holds the prediction frames of all folds and mergers, one below the other.
    Predictors in units of the target are drawn as they are, with the line of equality. Scores of
    others have a scale of their own in every fold: both variables are then standardised within
    the fold (mean 0, standard deviation 1). With folds of equal size the slope of the cloud, the
    drawn line, is then exactly the mean over folds of Pearson's r; folds whose scores are constant
    have no standard scores and are not drawn.
    """
    shown = predictions if in_target_units else _standardise(predictions)
    mergers = sorted(shown["merger"].unique())
    figure, panels = panel_grid(len(mergers), margin=0.8, sharey=not in_target_units)
    for axes, merger in zip(panels, mergers, strict=True):
        rows = shown[shown["merger"] == merger]
        _draw_panel(axes, rows, in_target_units)
        axes.set_title(f"{readable(merger)} ({rows['pair'].nunique()} pairs)")
    note = "" if in_target_units else ", standardised within each fold"
    figure.supxlabel(f"observed {readable(target)}{note}", fontsize=9)
    figure.supylabel(f"predicted{note}", fontsize=9)
    figure.suptitle(
        f"{readable(predictor)}: held-out pairs, each once per held-out task", fontsize=10
    )
    return figure


def _draw_panel(axes: Axes, rows: pd.DataFrame, in_target_units: bool) -> None:
    observed = rows["observed"].to_numpy(dtype=np.float64)
    predicted = rows["predicted"].to_numpy(dtype=np.float64)
    axes.grid(visible=True)
    axes.scatter(observed, predicted, s=9, color=COLOURS[0], alpha=0.45, linewidths=0)
    ends = np.array([observed.min(), observed.max()])
    if in_target_units:
        axes.plot(ends, ends, color="black", linewidth=1, label="equality")
    else:
        slope = float(observed @ predicted / (observed @ observed))
        axes.plot(ends, slope * ends, color="black", linewidth=1, label=f"slope {slope:.2f}")
    axes.legend(loc="upper left", handlelength=1.2, borderpad=0.1)


def _standardise(predictions: pd.DataFrame) -> pd.DataFrame:
    """Observed and predicted with mean 0 and standard deviation 1 in each merger's folds."""
    folds = predictions.groupby(["merger", "held_out"])[["observed", "predicted"]]
    scores = (predictions[["observed", "predicted"]] - folds.transform("mean")) / folds.transform(
        "std", ddof=0
    )
    standardised = predictions.assign(observed=scores["observed"], predicted=scores["predicted"])
    return standardised.replace([np.inf, -np.inf], np.nan).dropna(subset=["observed", "predicted"])
