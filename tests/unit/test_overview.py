"""The overview of a zoo: its headline, its charts, and one file that needs nothing else."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from overview_tables import MERGERS, PROTOCOL, make_overview
from plotly.offline import get_plotlyjs

from mergeability.naming import split_pair
from mergeability.overview import charts
from mergeability.overview.headline import merger_sentence, predictor_sentence, skills
from mergeability.overview.page import render_overview

TABLES = make_overview()
PAIRS, SUMMARY = TABLES["pairs"], TABLES["summary"]


def headline(**changed: pd.DataFrame) -> str:
    tables = {name: TABLES[name] for name in ("summary", "comparison")} | changed
    return predictor_sentence(**tables, protocol=PROTOCOL)


def test_the_same_tables_give_the_same_bytes():
    assert render_overview(**TABLES) == render_overview(**make_overview())


def test_the_page_holds_everything_and_asks_for_nothing():
    page = render_overview(**TABLES)
    own = page.replace(get_plotlyjs(), "")
    assert len(page) - len(own) == len(get_plotlyjs())
    assert "http:" not in own
    assert "https:" not in own
    assert not re.search(r"\b(src|@import|fetch)\b", own)
    assert re.findall(r'id="(chart-\w+)"', own) == [
        f"chart-{name}" for name in ("pairs", "predictions", "tasks", "designs")
    ]
    assert "What merging keeps: glyphs &amp; signs" in own


def test_parts_without_a_table_are_left_out():
    nothing_foretold = SUMMARY.assign(relative_r=np.nan)
    page = render_overview(**TABLES | {"curve": None, "summary": nothing_foretold})
    assert 'id="chart-pairs"' in page
    assert 'id="chart-tasks"' in page
    assert "chart-designs" not in page
    assert "chart-predictions" not in page
    assert page.count('class="headline"') == 1


def test_the_headline_names_the_merger_that_keeps_most():
    means = PAIRS.groupby("merger")["normalized_accuracy"].mean().sort_values()
    sentence = merger_sentence(TABLES["mergers"])
    assert sentence.startswith("On average over 20 pairs, ")
    assert f"{means.index[-1].replace('_', ' ')} keeps most: {means.iloc[-1]:.1%} [" in sentence
    assert f"{means.index[0].replace('_', ' ')} keeps least, {means.iloc[0]:.1%}." in sentence


def test_the_headline_sets_the_best_predictor_beside_the_best_baseline():
    ranked = skills(SUMMARY, PROTOCOL)
    best = max(("pearson_l1", "ridge"), key=ranked.get)
    rows = TABLES["comparison"].set_index(["predictor", "reference", "merger"])
    row = rows.loc[(best, "single_accuracy", "mean over mergers")]
    sentence = headline().replace("−", "-")
    assert f"{best.replace('_', ' ')}, reaches a correlation of {ranked[best]:.2f};" in sentence
    assert f"single accuracy, {ranked['single_accuracy']:.2f}: a difference of " in sentence
    ends = f"[{row['difference_low']:.2f}, {row['difference_high']:.2f}]"
    assert f"{row['difference']:.2f} {ends}" in sentence


def test_a_difference_is_the_same_from_either_side_and_says_when_it_may_be_chance():
    comparison = TABLES["comparison"].copy()
    comparison[["difference", "difference_low", "difference_high"]] = 0.3, -0.1, 0.7
    assert headline(comparison=comparison).endswith("0.30 [−0.10, 0.70], which may be chance.")
    turned = comparison.rename(columns={"predictor": "reference", "reference": "predictor"})
    turned[["difference", "difference_low", "difference_high"]] = -0.3, -0.5, -0.1
    assert headline(comparison=turned).endswith("0.30 [0.10, 0.50].")


def test_without_a_predictor_the_headline_is_about_the_best_baseline():
    baselines = SUMMARY[SUMMARY["kind"] == "baseline"]
    sentence = headline(summary=baselines)
    assert "the best baseline, single accuracy, reaches a correlation of" in sentence
    assert "difference" not in sentence


def test_the_heatmap_holds_every_pair_twice_and_both_tasks_under_the_pointer():
    order = charts.by_disturbance(TABLES["effects"])
    figure = charts.pairs_heatmap(PAIRS, order)
    assert [trace.visible for trace in figure.data] == [True, True, False, False]
    for merger, heat, points in zip(
        sorted(MERGERS), figure.data[::2], figure.data[1::2], strict=True
    ):
        told = dict(zip(zip(points.x, points.y, strict=True), points.text, strict=True))
        assert len(told) == len(order) ** 2
        for row in PAIRS[PAIRS["merger"] == merger].to_dict("records"):
            tasks = split_pair(row["pair"])
            i, j = (order.index(task) for task in tasks)
            assert heat.z[i][j] == heat.z[j][i]
            assert told[tasks] == told[tasks[::-1]]
            if row["pair"] == "task02__task05":
                assert heat.z[i][j] is None
                assert told[tasks] == "not merged"
                continue
            assert heat.z[i][j] == pytest.approx(row["normalized_accuracy"], abs=1e-4)
            merged, single = row["accuracy_merged_b"], row["accuracy_single_b"]
            text = f"{row['task_b']} {merged / single:.3f} = {merged:.3f} / {single:.3f}"
            assert text in told[tasks]


def test_the_order_of_tasks_is_that_of_their_losses():
    effects = pd.DataFrame(
        {
            "merger": ["m", "m", "n", "n"],
            "task": ["calm", "touchy", "calm", "touchy"],
            "disturbed": [1.1, 0.9, 0.5, 2.0],
        }
    )
    assert charts.by_disturbance(effects) == ["touchy", "calm"]


def test_only_predictions_in_units_of_the_target_get_the_line_of_equality():
    methods = dict.fromkeys(("pearson_l1", "ridge"))
    figure = charts.predicted_observed(
        {name: TABLES["predictions"][name] for name in methods},
        {name: name for name in methods},
        TABLES["target"],
    )
    names = [trace.name for trace in figure.data]
    points = [merger.replace("_", " ") for merger in MERGERS]
    assert names == [*points, *points, "equality"]
    shown = [
        figure.layout.updatemenus[0].buttons[place].args[0]["visible"]
        for place in range(len(methods))
    ]
    assert [list(v) for v in shown] == [
        [True, True, False, False, False],
        [False, False, True, True, True],
    ]


def test_intervals_without_an_end_leave_valid_json():
    effects = TABLES["effects"].assign(disturbs_high=np.inf, disturbs_low=np.nan)
    drawn = charts.task_effects(effects).to_json()
    json.loads(drawn, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
