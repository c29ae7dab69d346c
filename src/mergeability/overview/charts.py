"""The charts of the page: each shows one merger or predictor, chosen from a list above it.

Mergers come in the order of their categories where a table has them as such, else by name.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from plotly import graph_objects as go

from mergeability.figures.style import COLOURS, MISSING_COLOUR, readable
from mergeability.prediction.registry import PREDICTORS

Traces = list[Any]

_INK, _GRID = "#222222", "#E5E5E5"
_ROW_PIXELS = 26
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")


def pairs_heatmap(table: pd.DataFrame, order: Sequence[str]) -> go.Figure:
    """Normalised accuracy of every pair, one merger at a time.

    `table`: the pairs table of all mergers. `order`: the tasks as they are shown first; a button
    sorts them by name. Pairs without a value are grey.
    """
    known = table["normalized_accuracy"].dropna()
    options = {
        merger: [
            go.Heatmap(
                x=order,
                y=order,
                z=_values(rows, order),
                zmin=known.min(),
                zmax=known.max(),
                colorscale="Viridis",
                colorbar={"thickness": 10, "outlinewidth": 0, "tickfont": {"size": 11}},
                xgap=1,
                ygap=1,
                hoverinfo="skip",
            ),
            _told(rows, order),
        ]
        for merger, rows in _by_merger(table)
    }
    figure = _chart(options, height=260 + 18 * len(order))
    figure.update_layout(hoverdistance=-1)  # the nearest of the points is in the cell itself
    names = sorted(order)
    figure.update_layout(
        margin_t=100,
        plot_bgcolor=MISSING_COLOUR,
        updatemenus=[
            figure.layout.updatemenus[0].update(pad={"b": 54}),
            {
                "type": "buttons",
                "direction": "right",
                "buttons": [
                    _sorting("easily disturbed first", order),
                    _sorting("by name", names),
                ],
                **_above(12),
            },
        ],
    )
    every = {"dtick": 1, "tickfont_size": 9, "showgrid": False}
    figure.update_xaxes(**_categories(order), **every, tickangle=-90)
    figure.update_yaxes(**_categories(order[::-1]), **every)
    return figure


def predicted_observed(
    predictions: Mapping[str, pd.DataFrame], methods: Mapping[str, str], target: str
) -> go.Figure:
    """Predicted against observed `target` of held-out pairs, one predictor at a time.

    `predictions`: the frames of all folds and mergers, by predictor, in the order of the list.
    `methods`: the method of each. Those in units of the target get the line of equality.
    """
    options = {}
    for predictor, rows in predictions.items():
        traces = [
            go.Scatter(
                x=_numbers(group["observed"]),
                y=_numbers(group["predicted"]),
                text=[_pair(a, b) for a, b in zip(group["task_a"], group["task_b"], strict=True)],
                name=readable(merger),
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 6, "opacity": 0.6},
                hovertemplate="%{text}<br>observed %{x:.3f}<br>predicted %{y:.3f}",
            )
            for (merger, group), (colour, symbol) in zip(_by_merger(rows), _looks(), strict=False)
        ]
        if PREDICTORS[methods[predictor]].in_target_units:
            traces.append(_equality(rows["observed"]))
        options[predictor] = traces
    figure = _chart(options, height=520)
    figure.update_xaxes(title=f"observed {_in_words(target)}")
    figure.update_yaxes(title="predicted")
    return figure


def task_effects(effects: pd.DataFrame) -> go.Figure:
    """How easily each task is disturbed and how much it disturbs, one merger at a time.

    `effects` as `analysis.direction_effects` returns them, with their 95 % intervals.
    """
    options, orders = {}, []
    for merger, rows in _by_merger(effects):
        ordered = rows.sort_values(["disturbed", "task"])
        orders.append({"yaxis.categoryarray": ordered["task"].tolist()})
        options[merger] = [
            _factors(ordered, "disturbed", "is disturbed", COLOURS[0], "circle"),
            _factors(ordered, "disturbs", "disturbs others", COLOURS[1], "diamond"),
        ]
    figure = _chart(options, orders, height=170 + _ROW_PIXELS * effects["task"].nunique())
    figure.add_vline(x=1, line_color="#888888", line_width=1)
    figure.update_xaxes(
        type="log", title="factor (1: as the mean of tasks)", tickvals=[0.25, 0.5, 1, 2, 4]
    )
    figure.update_yaxes(**_categories(orders[0]["yaxis.categoryarray"]))
    return figure


def learning_curves(curve: pd.DataFrame) -> go.Figure:
    """Correlation over the pairs not merged by merges per task, one merger at a time.

    `curve` as `prediction.budget.learning_curve` returns it. Points without a correlation are left
    out.
    """
    options = {
        merger: [
            go.Scatter(
                x=line["partners"].tolist(),
                y=_numbers(line["r"]),
                error_y=_whiskers(line, "r", colour),
                customdata=_numbers(line["share"]),
                name=readable(str(predictor)),
                mode="lines+markers",
                line={"color": colour},
                marker={"symbol": symbol},
                hovertemplate=(
                    "%{x} merges per task (%{customdata:.0%} of pairs)<br>correlation %{y:.3f}"
                ),
            )
            for (predictor, line), (colour, symbol) in zip(
                rows.dropna(subset=["r"]).sort_values("partners").groupby("predictor"),
                _looks(),
                strict=False,
            )
        ]
        for merger, rows in _by_merger(curve)
    }
    figure = _chart(options, height=480)
    figure.update_xaxes(title="merges per task")
    figure.update_yaxes(title="correlation, other pairs")
    return figure


def by_disturbance(effects: pd.DataFrame) -> list[str]:
    """The tasks, the most easily disturbed first: the geometric mean of factors over mergers."""
    means = np.log(effects["disturbed"]).groupby(effects["task"]).mean()
    return [str(task) for task in means.sort_values(ascending=False, kind="stable").index]


def _chart(
    options: Mapping[str, Traces], layouts: Sequence[dict[str, Any]] = (), height: int = 480
) -> go.Figure:
    """A figure of the first option, with a list to choose another; `layouts` change with it."""
    sizes = [len(traces) for traces in options.values()]
    owners = np.repeat(np.arange(len(sizes)), sizes)
    buttons = [
        {
            "label": readable(name),
            "method": "update",
            "args": [{"visible": (owners == place).tolist()}, layouts[place] if layouts else {}],
        }
        for place, name in enumerate(options)
    ]
    figure = go.Figure([trace for traces in options.values() for trace in traces])
    for trace, owner in zip(figure.data, owners, strict=True):
        trace.visible = bool(owner == 0)
    axis = {
        "fixedrange": True, "automargin": True, "gridcolor": _GRID, "zeroline": False,
        "tickfont": {"size": 11},
    }  # fmt: skip
    figure.update_layout(
        template=go.layout.Template(),
        height=height,
        margin={"l": 10, "r": 10, "t": 60, "b": 10},
        font={"family": "system-ui, sans-serif", "size": 13, "color": _INK},
        paper_bgcolor="white",
        plot_bgcolor="white",
        hovermode="closest",
        hoverlabel={"align": "left", "bgcolor": "white", "font": {"color": _INK}},
        dragmode=False,
        legend={"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0},
        xaxis=axis,
        yaxis=axis,
        updatemenus=[{"type": "dropdown", "buttons": buttons, **_above(12)}],
    )
    return figure


def _looks() -> Iterator[tuple[str, str]]:
    """Colours and symbols: pairs of them do not come twice, as 7 and 5 share no factor."""
    return zip(cycle(COLOURS), cycle(_SYMBOLS), strict=False)


def _above(pixels: int) -> dict[str, Any]:
    place = {"x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "pad": {"b": pixels}}
    return {**place, "bgcolor": "white", "bordercolor": "#BBBBBB", "font": {"size": 12}}


def _sorting(label: str, order: Sequence[str]) -> dict[str, Any]:
    axes = {"xaxis.categoryarray": list(order), "yaxis.categoryarray": list(order[::-1])}
    return {"label": label, "method": "relayout", "args": [axes]}


def _categories(order: Sequence[str]) -> dict[str, Any]:
    """An axis of tasks in this order; names that look like numbers stay names."""
    return {"type": "category", "categoryorder": "array", "categoryarray": list(order)}


def _values(rows: pd.DataFrame, order: Sequence[str]) -> list[list[float | None]]:
    """The value of each pair, in both of its cells."""
    place = {task: number for number, task in enumerate(order)}
    z: list[list[float | None]] = [[None] * len(order) for _ in order]
    for task_a, task_b, value in zip(
        rows["task_a"], rows["task_b"], _numbers(rows["normalized_accuracy"]), strict=True
    ):
        z[place[task_a]][place[task_b]] = z[place[task_b]][place[task_a]] = value
    return z


def _told(rows: pd.DataFrame, order: Sequence[str]) -> go.Scatter:
    """What cells tell: an unseen point in each, as texts of a heatmap do not follow a sort."""
    told = {}
    for row in rows.dropna(subset=["normalized_accuracy"]).to_dict("records"):
        text = f"{_pair(row['task_a'], row['task_b'])}<br>mean {row['normalized_accuracy']:.3f}"
        for end in ("a", "b"):
            kept, merged, single = (
                row[f"{column}_{end}"]
                for column in ("normalized_accuracy", "accuracy_merged", "accuracy_single")
            )
            text += f"<br>{row[f'task_{end}']} {kept:.3f} = {merged:.3f} / {single:.3f}"
        told[row["task_a"], row["task_b"]] = told[row["task_b"], row["task_a"]] = text
    cells = [(across, down) for across in order for down in order]
    return go.Scatter(
        x=[across for across, _ in cells],
        y=[down for _, down in cells],
        text=[told.get(cell, "not merged") for cell in cells],
        mode="markers",
        marker={"size": 12, "opacity": 0},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _factors(rows: pd.DataFrame, column: str, name: str, colour: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=_numbers(rows[column]),
        y=rows["task"].tolist(),
        error_x=_whiskers(rows, column, colour),
        name=name,
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 8},
        customdata=rows[[f"{column}_low", f"{column}_high"]].round(3).to_numpy().tolist(),
        hovertemplate="%{y}: %{x:.2f} [%{customdata[0]:.2f}, %{customdata[1]:.2f}]",
    )


def _whiskers(rows: pd.DataFrame, column: str, colour: str) -> dict[str, Any]:
    return {
        "array": _numbers(rows[f"{column}_high"] - rows[column]),
        "arrayminus": _numbers(rows[column] - rows[f"{column}_low"]),
        "color": colour,
        "thickness": 1,
        "width": 2,
    }


def _equality(observed: pd.Series) -> go.Scatter:
    ends = [round(float(observed.min()), 4), round(float(observed.max()), 4)]
    return go.Scatter(
        x=ends, y=ends, name="equality", mode="lines", line={"color": "black", "width": 1},
        hoverinfo="skip",
    )  # fmt: skip


def _by_merger(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(merger), rows) for merger, rows in table.groupby("merger", observed=True)]


def _numbers(values: pd.Series) -> list[float | None]:
    """Four decimals, which is more than anybody sees; none for what is not finite."""
    return [round(float(v), 4) if np.isfinite(v) else None for v in values]


def _pair(task_a: str, task_b: str) -> str:
    return f"<b>{task_a} + {task_b}</b>"


def _in_words(target: str) -> str:
    return readable(target).replace("normalized", "normalised")
