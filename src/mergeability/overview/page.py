"""The page as one HTML file that needs no network; the same tables give the same bytes."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment, StrictUndefined
from plotly import graph_objects as go
from plotly.offline import get_plotlyjs

from mergeability.overview import charts
from mergeability.overview.headline import (
    merger_sentence,
    predictor_sentence,
    skills,
    tested_on,
)
from mergeability.prediction.summary import methods_of

_TEMPLATE = Path(__file__).with_name("page.html")


def render_overview(
    zoo: str,
    target: str,
    protocol: str,
    pairs: pd.DataFrame,
    mergers: pd.DataFrame,
    summary: pd.DataFrame,
    comparison: pd.DataFrame,
    predictions: Mapping[str, pd.DataFrame],
    effects: pd.DataFrame,
    curve: pd.DataFrame | None = None,
) -> str:
    """The page of a zoo.

    `pairs`: the pairs of all mergers; `mergers`: the table of mergers, best first. Of one `target`:
    `summary` and `comparison` of predictors, their `predictions` under `protocol` by name, the
    `effects` of single tasks, and the learning `curve` of designs, where the zoo has one.
    Predictors whose skill is undefined, since they say the same of every pair, are not drawn.
    """
    best_first = mergers["merger"].tolist()

    def ordered(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(merger=pd.Categorical(table["merger"], best_first))

    tasks = charts.by_disturbance(effects)
    drawn = {"pairs": charts.pairs_heatmap(ordered(pairs), tasks)}
    if ranked := list(skills(summary, protocol).index):
        drawn["predictions"] = charts.predicted_observed(
            {name: ordered(predictions[name]) for name in ranked}, methods_of(summary), target
        )
    drawn["tasks"] = charts.task_effects(ordered(effects))
    if curve is not None and curve["r"].notna().any():
        drawn["designs"] = charts.learning_curves(ordered(curve))
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        zoo=zoo,
        headline=[merger_sentence(mergers), predictor_sentence(summary, comparison, protocol)],
        tested_on=tested_on(protocol),
        n_tasks=len({*pairs["task_a"], *pairs["task_b"]}),
        n_pairs=pairs["pair"].nunique(),
        n_mergers=pairs["merger"].nunique(),
        charts={name: _embedded(name, figure) for name, figure in drawn.items()},
        plotly=get_plotlyjs(),
    )


def _embedded(name: str, figure: go.Figure) -> str:
    """A chart as HTML. Its place has the name of the chart, since a drawn name would vary."""
    html: str = figure.to_html(
        config={"displayModeBar": False, "responsive": True},
        include_plotlyjs=False,
        full_html=False,
        div_id=f"chart-{name}",
    )
    return html
