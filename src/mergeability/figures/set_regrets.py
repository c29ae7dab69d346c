"""What rules of choice lose against the best way to serve a set by two models."""

import pandas as pd
from matplotlib.figure import Figure

from mergeability.figures.forest import draw_forest
from mergeability.figures.style import styled

_INCHES_PER_RULE = 0.75


def draw(regrets: str) -> Figure:
    """The regrets of a zoo, from their table."""
    return plot_set_regrets(pd.read_csv(regrets))


@styled
def plot_set_regrets(regrets: pd.DataFrame) -> Figure:
    """Mean regret of every rule with two models, with intervals, in order of appearance.

    `regrets` is what `sets.decisions.tabulate_regrets` returns.
    """
    rows = regrets[regrets["models"] == 2]
    rules = list(rows["rule"].unique())
    figure = Figure(figsize=(7.0, 1.9 + _INCHES_PER_RULE * len(rules)))
    axes = figure.subplots()
    draw_forest(axes, rows, "regret", "rule", "merger", rules)
    axes.set_xlim(left=0)
    axes.set_xlabel("mean normalized accuracy lost against the best two models")
    axes.set_title(
        f"Two models for a set, {rows['n_sets'].max()} sets\n"
        "whiskers: 95 % intervals by jackknife over tasks"
    )
    figure.legend(loc="outside lower center", ncols=3)
    return figure
