"""Sets are predicted from what shares no task with them, by hand-computed examples."""

import numpy as np
import pandas as pd
import pytest
from sets_tables import change_outside, make_sets
from synthetic import METRICS

from mergeability.files import write_json
from mergeability.prediction.registry import resolve_parameters
from mergeability.sets.features import read_singles, set_features
from mergeability.sets.held_out import disjoint, score_pairs, score_sets
from mergeability.sets.prediction import COLUMNS, PairPredictor, predict_sets
from mergeability.sets.ranking_skill import correlate_sets
from mergeability.sets.size_scaling import extrapolate, growth_exponent
from mergeability.sets.tabulation import tabulate_sets

RIDGE = PairPredictor("ridge", resolve_parameters("ridge", {"alphas": [0.1, 1.0]}), METRICS)
TARGET = "normalized_accuracy"
PAIRS, SETS, SINGLES = make_sets(n_tasks=10)
SOME = SETS.iloc[::4].reset_index(drop=True)


def predict(pairs=PAIRS, sets=SOME):
    return predict_sets(sets, pairs, SINGLES, {"r": RIDGE}, RIDGE, seed=0)


PREDICTIONS = predict()


def evaluation(merger, name, values):
    return {
        "merger": merger,
        "set": name,
        "mean": {"accuracy": values[0], "loss": 1.0, "normalized_accuracy": values[1]},
        "worst": {"accuracy": values[2], "loss": 2.0, "normalized_accuracy": values[3]},
    }


def test_evaluations_become_rows_in_the_order_of_names(tmp_path):
    contents = [
        evaluation("ties", "b__c__d", [0.5, 0.9, 0.4, 0.8]),
        evaluation("ties", "a__b__c", [0.6, 1.0, 0.5, 0.7]),
        evaluation("dare", "a__b__c__d", [0.1, 0.2, 0.3, 0.4]),
    ]
    paths = [tmp_path / f"{number}.json" for number in range(3)]
    for path, content in zip(paths, contents, strict=True):
        write_json(path, content)
    table = tabulate_sets(paths)
    assert table["set"].tolist() == ["a__b__c__d", "a__b__c", "b__c__d"]
    assert table["size"].tolist() == [4, 3, 3]
    assert table.loc[2, "worst_normalized_accuracy"] == 0.8
    pd.testing.assert_frame_equal(tabulate_sets(paths[::-1]), table)


def test_singles_are_their_accuracy_and_what_zero_shot_reaches_of_it(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"task": "a", "accuracy": 0.8, "zero_shot_accuracy": 0.2})
    assert read_singles([path]).loc["a"].tolist() == [0.8, 0.25]


def test_features_are_mean_minimum_and_spread_over_members():
    values = pd.DataFrame({"x": [1.0, 2.0, 6.0], "y": [0.0, np.nan, 1.0]}, index=list("abc"))
    table = set_features(["one", "two"], values, {"one": ["a", "c"], "two": ["a", "b", "c"]})
    assert list(table.index) == ["one", "two"]
    assert table.loc["one"].tolist() == [3.5, 1.0, 5.0, 0.5, 0.0, 1.0]
    assert table.loc["two", ["x_mean", "x_min", "x_spread"]].tolist() == [3.0, 1.0, 5.0]
    assert table.loc["two", ["y_mean", "y_min", "y_spread"]].isna().all()
    with pytest.raises(KeyError, match="d"):
        set_features(["one"], values, {"one": ["d"]})


def test_losses_grow_by_the_power_that_disjoint_sets_show():
    pairs = dict.fromkeys(["a__b", "a__c", "b__c", "a__d", "b__d", "c__d"], 0.9)
    merged = {"a__b__c": 0.7, "a__b__d": 0.8, "b__c__d": 0.9, "x__y__z": 0.1}
    exponent = growth_exponent("x__y__z", merged, pairs)
    assert exponent == pytest.approx(np.log(2) / np.log(1.5))
    assert extrapolate(0.9, 3, exponent) == pytest.approx(0.8)
    assert extrapolate(0.9, 2, exponent) == pytest.approx(0.9)
    assert np.isnan(growth_exponent("a__y__z", merged, pairs))
    assert np.isnan(growth_exponent("x__y__z", dict.fromkeys(merged, 1.1), pairs))


def test_disjoint_rows_share_no_task():
    tasks = np.array([["a", "b"], ["c", "d"], ["d", "e"]])
    assert disjoint(tasks, "b__e__f").tolist() == [False, True, False]


@pytest.mark.parametrize("name", SOME["set"].iloc[:3])
def test_nothing_that_shares_a_task_with_a_set_reaches_its_prediction(name):
    changed = predict(change_outside(PAIRS, "pair", name), change_outside(SOME, "set", name))
    learnt = PREDICTIONS["predictor"].isin(["r", "set_features"]) & (PREDICTIONS["set"] == name)
    columns = ["predictor", "target", "predicted", "relative", "n_train"]
    pd.testing.assert_frame_equal(changed.loc[learnt, columns], PREDICTIONS.loc[learnt, columns])
    assert learnt.sum() == 4
    others = PREDICTIONS["predictor"].eq("r") & ~learnt
    assert not np.allclose(changed.loc[others, "relative"], PREDICTIONS.loc[others, "relative"])


def test_training_is_all_that_shares_no_task():
    counts = PREDICTIONS.groupby("predictor")["n_train"].unique()
    assert counts["r"].tolist() == [21]  # pairs of the 7 other tasks of 10
    assert counts["measured_pairs"].tolist() == counts["single_accuracy"].tolist() == [0]
    known = set(SOME["set"])
    for name, n_train in PREDICTIONS[PREDICTIONS["predictor"] == "set_features"][
        ["set", "n_train"]
    ].itertuples(index=False):
        assert n_train == sum(not set(name.split("__")) & set(o.split("__")) for o in known)


def test_predictions_find_what_the_metrics_hold():
    table = correlate_sets(PREDICTIONS, len(SOME)).set_index(["target", "predictor"])
    assert table.loc[("mean", "measured_pairs"), "spearman"] > 0.95
    assert table.loc[("mean", "r"), "spearman"] > 0.6
    assert (table["spearman_low"] <= table["spearman"]).all()
    assert (table["n_sets"] + table["n_missing"] == len(SOME)).all()


def test_the_order_of_rows_and_metrics_changes_nothing():
    again = predict_sets(
        SOME.iloc[::-1].reset_index(drop=True), PAIRS.iloc[::-1].reset_index(drop=True), SINGLES,
        {"r": RIDGE}, RIDGE._replace(metrics=METRICS[::-1]), seed=0,
    )  # fmt: skip
    pd.testing.assert_frame_equal(again[COLUMNS], PREDICTIONS[COLUMNS])


def test_a_set_with_a_pair_that_lacks_a_value_is_not_predicted():
    gaps = PAIRS.copy()
    gaps.loc[gaps["pair"] == "task00__task01", "metric_a"] = np.nan
    found = score_pairs(gaps, SETS["set"], *RIDGE[:2], target=TARGET, metrics=METRICS, seed=0)
    missing = set(SETS["set"]) - set(found)
    assert missing == {name for name in SETS["set"] if name.startswith("task00__task01")}


def test_where_hardly_anything_is_left_nothing_is_learnt():
    pairs, sets, singles = make_sets(n_tasks=4)
    assert score_pairs(pairs, sets["set"], *RIDGE[:2], target=TARGET, metrics=METRICS, seed=0) == {}
    features = set_features(sets["set"], singles, {n: n.split("__") for n in sets["set"]})
    assert score_sets(sets, features, *RIDGE[:2], target=TARGET, seed=0) == {}
    table = predict_sets(sets, pairs, singles, {"r": RIDGE}, RIDGE, seed=0)
    assert set(table["predictor"]) == {"measured_pairs", "single_accuracy", "zero_shot_ratio"}
