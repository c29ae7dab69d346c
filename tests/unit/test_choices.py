"""What choices by prediction achieve, against values worked out by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import METRICS, make_pairs_table

from mergeability.analysis.choices import (
    measure_choices,
    outcomes,
    outcomes_by_chance,
    tabulate_predictions,
)
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.registry import resolve_parameters

TARGET = "normalized_accuracy"
MERGERS = ("mean", "sum")
TABLE = make_pairs_table(7, MERGERS)
PREDICTORS = ["ridge", "partner_mean", "single_accuracy"]


def fit_all(table=TABLE, protocols=("loto", "l2to", "split")):
    return [
        fold
        for merger, rows in table.groupby("merger")
        for method in PREDICTORS
        for protocol in protocols
        for fold in fit_folds(
            rows,
            method,
            resolve_parameters(method, {}),
            target=TARGET,
            seed=0,
            protocol=protocol,
            metrics=METRICS if method == "ridge" else [],
        )
    ]


@pytest.fixture(scope="module")
def choices():
    return measure_choices(tabulate_predictions(fit_all()))


def value(choices, statistic="regret", **where):
    rows = choices[choices["statistic"] == statistic]
    for column, wanted in where.items():
        rows = rows[rows[column] == wanted]
    (row,) = rows.to_dict("records")
    return row["value"]


def test_outcomes_of_a_choice_are_those_of_the_best_tried():
    scores = np.array([[3.0, 2.0, 1.0], [1.0, np.nan, 2.0]])
    observed = np.array([[0.5, 0.9, 0.7], [0.8, np.nan, 0.6]])
    np.testing.assert_allclose(outcomes(scores, observed, 1), [[0.5, 0.6], [0.4, 0.2], [0, 0]])
    np.testing.assert_allclose(outcomes(scores, observed, 2), [[0.9, 0.8], [0, 0], [1, 1]])


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=6).flatmap(
        lambda values: st.tuples(st.just(values), st.integers(1, len(values)))
    )
)
def test_chance_is_the_mean_over_all_ways_to_draw(drawn):
    values, tries = drawn
    observed = np.array([values], dtype=float)
    draws = [max(draw) for draw in itertools.combinations(values, tries)]
    expected, best = np.mean(draws), max(values)
    hits = np.mean([draw == best for draw in draws])
    np.testing.assert_allclose(
        outcomes_by_chance(observed, tries)[:, 0], [expected, best - expected, hits], atol=1e-12
    )


def test_regret_of_a_merger_is_worked_out_pair_by_pair(choices):
    wide = TABLE.pivot_table(TARGET, "pair", "merger")
    regrets = []
    folds = [f for f in fit_all(protocols=["l2to"]) if f.diagnostics["predictor"] == "ridge"]
    by_pair = pd.concat([fold.predictions for fold in folds])
    for pair, rows in by_pair.groupby("pair"):
        chosen = rows.set_index("merger")["predicted"].idxmax()
        regrets.append(wide.loc[pair].max() - wide.loc[pair, chosen])
    found = value(choices, choice="merger", protocol="l2to", strategy="ridge")
    assert found == pytest.approx(np.mean(regrets))


def test_without_knowing_a_task_partner_mean_takes_the_best_on_average(choices):
    for statistic in ("achieved", "regret", "hit"):
        about = {"choice": "merger", "protocol": "l2to", "statistic": statistic}
        fixed = value(choices, strategy="best on average", **about)
        assert value(choices, strategy="partner_mean", **about) == fixed
    assert value(choices, "regret_difference", protocol="l2to", strategy="partner_mean") == 0


def test_regret_of_a_partner_is_worked_out_task_by_task(choices):
    rows = TABLE[TABLE["merger"] == "sum"]
    regrets = []
    for fold in fit_folds(
        rows, "ridge", resolve_parameters("ridge", {}), target=TARGET, seed=0, metrics=METRICS
    ):
        found = fold.predictions.sort_values("predicted", ascending=False)["observed"]
        regrets.append(found.max() - found.iloc[:5].max())
    about = {"choice": "partner", "protocol": "loto", "strategy": "ridge", "merger": "sum"}
    assert value(choices, tries=5, **about) == pytest.approx(np.mean(regrets))


def test_nothing_beats_the_oracle_and_knowledge_beats_chance(choices):
    regrets = choices[choices["statistic"] == "regret"]
    assert (regrets["value"] >= -1e-12).all()
    assert (regrets[regrets["strategy"] == "oracle"]["value"] == 0).all()
    for protocol in ("loto", "l2to", "split"):
        about = {"choice": "partner", "protocol": protocol, "merger": ALL_MERGERS, "tries": 1}
        chance = value(choices, strategy="chance", **about)
        assert value(choices, strategy="ridge", **about) < chance


def test_scores_of_their_own_scale_choose_partners_only(choices):
    of_scores = choices[choices["strategy"] == "single_accuracy"]
    assert set(of_scores["choice"]) == {"partner"}


def test_intervals_hold_their_value_and_count_tasks_and_pairs(choices):
    assert (choices["low"] <= choices["value"] + 1e-12).all()
    assert (choices["value"] <= choices["high"] + 1e-12).all()
    whole = choices[choices["protocol"] != "split"]
    assert set(whole["n_tasks"]) == {7}
    assert set(whole["n_pairs"]) == {21}


def test_intervals_stay_within_what_is_possible(choices):
    hits = choices[choices["statistic"] == "hit"]
    assert hits[["low", "high"]].isin([0.0, 1.0]).any().all()  # some were cut
    assert (hits["low"] >= 0).all() and (hits["high"] <= 1).all()
    assert (choices.loc[choices["statistic"] == "regret", "low"] >= 0).all()
    differences = choices.loc[choices["statistic"] == "regret_difference"]
    assert (differences["low"] < 0).any()


def test_the_order_of_folds_does_not_matter(choices):
    pd.testing.assert_frame_equal(measure_choices(tabulate_predictions(fit_all()[::-1])), choices)
