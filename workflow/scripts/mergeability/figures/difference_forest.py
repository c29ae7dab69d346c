"""Which predictor predicts better: paired differences to reference predictors."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.style import COLOURS, MARKERS, dodged, readable, styled
from mergeability.prediction.registry import STATISTIC_TITLES, titled

_INCHES_PER_PREDICTOR = 0.42


@styled
def plot_difference_forest(differences: pd.DataFrame) -> Figure:
    """Dots and whiskers: `difference` between predictor (rows) and reference, with interval.

    `differences` holds rows of `compare_predictors` for one target, protocol and merger, or the
    mean over mergers, and for a few references. Predictors and references are drawn in order of
    appearance. Undefined differences have no dot.
    """
    predictors = list(differences["predictor"].unique())
    references = list(differences["reference"].unique())
    figure = Figure(figsize=(7.0, 1.9 + _INCHES_PER_PREDICTOR * len(predictors)))
    axes = figure.subplots()
    for place in range(0, len(predictors), 2):
        axes.axhspan(place - 0.5, place + 0.5, color="#F4F4F4", linewidth=0)
    axes.grid(visible=True, axis="x")
    axes.axvline(0, color="black", linewidth=0.8)
    shifts = dodged(len(references), 1.0)
    looks = zip(cycle(COLOURS), cycle(MARKERS), strict=False)
    for reference, shift, (colour, marker) in zip(references, shifts, looks, strict=False):
        rows = differences[differences["reference"] == reference]
        title = readable(titled(reference, rows["reference_method"].iloc[0]))
        rows = rows.set_index("predictor").reindex(predictors)
        value = rows["difference"]
        reach = [value - rows["difference_low"], rows["difference_high"] - value]
        axes.errorbar(
            value, np.arange(len(predictors)) + shift, xerr=np.array(reach, dtype=np.float64),
            fmt=marker, markersize=4.5, color=colour, elinewidth=1.2, label=title,
        )  # fmt: skip
    axes.set_yticks(range(len(predictors)), [readable(predictor) for predictor in predictors])
    axes.set_ylim(len(predictors) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    furthest = max(map(abs, axes.get_xlim()))
    axes.set_xlim(-furthest, furthest)
    row = differences.iloc[0]
    statistic = STATISTIC_TITLES[row["statistic"]]
    axes.set_xlabel(f"difference in {statistic}\n← reference better      predictor better →")
    merger = readable(row["merger"])
    axes.set_title(
        f"Prediction of {readable(row['target'])}, {row['protocol']}, {merger}\n"
        "whiskers: 95 % intervals by jackknife over tasks"
    )
    figure.legend(title="reference", loc="outside lower center", ncols=len(references))
    return figure
