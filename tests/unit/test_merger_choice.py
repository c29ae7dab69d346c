"""Which merger a pair should be merged by, from what few merges tell."""

import numpy as np
import pandas as pd
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.prediction.budget import Budget, learning_curve, try_budgets
from mergeability.prediction.merger_choice import BEST_ON_AVERAGE, regret_of_mergers
from mergeability.prediction.registry import resolve_parameters

TARGET = "normalized_accuracy"
MERGERS = ("plain", "wise")


@pytest.fixture(scope="module")
def tables():
    both = make_pairs_table(7, MERGERS, noise=0.0)
    # `wise` is the best for pairs with a small metric_c, `plain` for the others.
    shift = np.where(both["merger"] == "wise", 0.02 * both["metric_c"], 0.0)
    both[TARGET] = both[TARGET] - shift
    return {merger: both[both["merger"] == merger] for merger in MERGERS}


def tried(tables, method="ridge", metrics=METRICS, partners=(2,)):
    about = {"target": TARGET, "metrics": metrics, "seed": 0}
    budget = Budget(partners, 3)
    params = resolve_parameters(method, {})
    return {
        merger: try_budgets(table, method, params, budget, **about)
        for merger, table in tables.items()
    }


def test_the_regret_is_that_of_the_merger_predicted_best(tables):
    found = {merger: predictions for merger, (_, predictions) in tried(tables).items()}
    table = regret_of_mergers(("ridge", merger, rows) for merger, rows in found.items())
    row = table.set_index("predictor").loc["ridge"]
    plain, wise = (
        found[m].set_index(["design", "pair"])[["observed", "predicted", "known"]] for m in MERGERS
    )
    taken = plain["observed"].where(plain["predicted"] >= wise["predicted"], wise["observed"])
    lost = (np.maximum(plain["observed"], wise["observed"]) - taken)[~plain["known"]]
    assert row["regret"] == pytest.approx(lost.groupby(level="design").mean().mean())
    assert row["regret_low"] <= row["regret"] <= row["regret_high"]
    assert (row["mergers"], row["designs"], row["partners"]) == (2, 3, 2)


def test_the_best_on_average_stands_beside(tables):
    better = {m: t.assign(**{TARGET: t[TARGET] + (m == "wise")}) for m, t in tables.items()}
    found = [("ridge", merger, rows) for merger, (_, rows) in tried(better).items()]
    table = regret_of_mergers(found).set_index("predictor")
    assert table.loc[BEST_ON_AVERAGE, "regret"] == 0
    assert regret_of_mergers(found[:1]).empty


def test_who_knows_nothing_chooses_nothing(tables):
    found = [
        (n, m, rows)
        for n in ("own",)
        for m, (_, rows) in tried(tables, "directional", [], (0, 2)).items()
    ]
    table = regret_of_mergers(found)
    assert table.loc[table["predictor"] == "own", "partners"].tolist() == [2]


def test_a_score_on_a_scale_of_its_own_has_no_error_and_needs_no_merge(tables):
    found = {
        merger: frames[0]
        for merger, frames in tried(tables, "metric", ["metric_a"], (0, 2)).items()
    }
    curve = learning_curve(("metric", merger, rows) for merger, rows in found.items())
    assert curve["partners"].tolist() == [0, 2, 0, 2]
    assert curve["mae"].isna().all()
    assert curve["r"].gt(0.3).all()
    assert curve["all_pairs"].eq(21).all()


def test_predictions_say_which_pairs_were_known(tables):
    (rows, predictions) = tried(tables)["wise"]
    known = predictions.groupby(["partners", "design"])["known"].sum()
    whole = rows[rows["without"] == ""].set_index(["partners", "design"])["pairs"]
    pd.testing.assert_series_equal(known, whole, check_names=False, check_dtype=False)
