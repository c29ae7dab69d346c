"""What choosing by prediction loses: regret of every strategy, for mergers and for partners."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.style import COLOURS, MARKERS, dodged, reach, readable, styled
from mergeability.prediction.comparison import ALL_MERGERS

_TITLES = {"merger": "Choosing the merger of a pair", "partner": "Choosing the partner of a task"}
_INCHES_PER_STRATEGY = 0.3


def draw(table: str, target: str) -> Figure:
    """The regret of choices by predictions of `target`, from their table."""
    return plot_choice_regret(pd.read_csv(table), target)


@styled
def plot_choice_regret(choices: pd.DataFrame, target: str) -> Figure:
    """Dots and whiskers of `regret`, one panel per choice, coloured by protocol.

    `choices` as `measure_choices` returns them. One option is tried; partners are averaged over
    mergers. The oracle, which regrets nothing, is not drawn.
    """
    rows = choices[
        (choices["statistic"] == "regret")
        & (choices["tries"] == 1)
        & (choices["merger"] == ALL_MERGERS)
        & (choices["strategy"] != "oracle")
    ]
    # Every predictor chooses partners; what remains are references for mergers.
    of_partners = rows["strategy"][rows["choice"] == "partner"]
    strategies = list(dict.fromkeys([*of_partners, *rows["strategy"]]))
    panels = [choice for choice in _TITLES if choice in set(rows["choice"])]
    protocols = sorted(rows["protocol"].unique())
    figure = Figure(figsize=(9.0, 1.7 + _INCHES_PER_STRATEGY * len(strategies)))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, choice in zip(grid, panels, strict=True):
        axes.grid(visible=True, axis="x")
        looks = zip(protocols, dodged(len(protocols), 0.9), COLOURS, MARKERS, strict=False)
        for protocol, shift, colour, marker in looks:
            inside = (rows["choice"] == choice) & (rows["protocol"] == protocol)
            values = rows[inside].set_index("strategy").reindex(strategies)
            axes.errorbar(
                values["value"], np.arange(len(strategies)) + shift,
                xerr=reach(values["value"], values["low"], values["high"]), fmt=marker,
                markersize=4, color=colour, elinewidth=1.1, label=protocol,
            )  # fmt: skip
        axes.set_xlim(left=-0.02 * axes.get_xlim()[1])
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_title(_TITLES[choice])
        axes.set_xlabel(f"regret in {readable(target)}")
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(strategies)), [readable(name) for name in strategies])
    grid[0].set_ylim(len(strategies) - 0.5, -0.5)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(protocols),
        title="tasks held out as in; whiskers: 95 % intervals by jackknife over tasks",
    )  # fmt: skip
    return figure
