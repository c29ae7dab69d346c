"""Options for sets and what choosing among them costs, by hand-computed examples."""

import numpy as np
import pandas as pd
import pytest
from sets_tables import make_sets
from synthetic import METRICS

from mergeability.prediction.registry import resolve_parameters
from mergeability.sets.decisions import options, tabulate_options, tabulate_regrets
from mergeability.sets.prediction import PairPredictor

RIDGE = PairPredictor("ridge", resolve_parameters("ridge", {"alphas": [1.0]}), METRICS)


@pytest.mark.parametrize(("name", "drops", "splits"), [("a__b__c", 3, 0), ("a__b__c__d", 4, 3),
                                                       ("a__b__c__d__e", 5, 10)])  # fmt: skip
def test_options_are_the_whole_and_every_partition_in_two(name, drops, splits):
    found = options(name)
    kinds = [option.kind for option in found]
    assert kinds.count("merge_all") == 1
    assert (kinds.count("drop"), kinds.count("split")) == (drops, splits)
    assert len({option.name for option in found}) == len(found) == 2 ** (len(name.split("__")) - 1)
    for option in found:
        assert sorted(task for group in option.groups for task in group) == name.split("__")


def hand_made():
    pairs = pd.DataFrame(
        {
            "pair": ["a__b", "a__c", "b__c"],
            "task_a": ["a", "a", "b"],
            "task_b": ["b", "c", "c"],
            "merger": "ties",
            "accuracy_single_a": 0.9,
            "accuracy_single_b": 0.9,
            "normalized_accuracy": [0.9, 0.8, 0.6],
            "x": [1.0, 2.0, 3.0],
        }
    )
    return tabulate_options(
        ["a__b__c"], {"a__b__c": 0.5}, pairs, {"r": RIDGE._replace(metrics=["x"])}, seed=0
    )


def test_a_task_on_its_own_keeps_all_and_groups_count_by_their_size():
    table = hand_made().set_index("option")
    assert table.loc["a__b__c", "measured"] == 0.5
    assert table.loc["a | b__c", "measured"] == pytest.approx((1 + 2 * 0.6) / 3)
    assert table.loc["c | a__b", "measured"] == pytest.approx((1 + 2 * 0.9) / 3)
    assert table["r"].isna().all()  # no pair is left to learn from
    assert np.isnan(table.loc["a__b__c", "measured_pairs"])  # nor a set
    assert table.loc["b | a__c", "measured_pairs"] == table.loc["b | a__c", "measured"]


def test_regret_is_what_the_best_of_as_many_models_gives_more():
    singles = pd.Series({"a": 0.5, "b": 0.9, "c": 0.9})
    known = hand_made()
    known["measured_pairs"] = [0.1, 0.2, 0.3, 0.4]
    table = tabulate_regrets({"ties": known}, singles).set_index("rule")
    best, values = (1 + 1.8) / 3, np.array([1 + 1.2, 1 + 1.6, 1 + 1.8]) / 3
    assert table.loc["measured_pairs", "regret"] == 0
    assert table.loc["measured_pairs", "share_best"] == 1
    assert table.loc["drop_lowest_single", "value"] == pytest.approx(values[0])
    assert table.loc["drop_lowest_single", "regret"] == pytest.approx(best - values[0])
    assert table.loc["random", "regret"] == pytest.approx(best - values.mean())
    assert table.loc["merge_all", ["models", "value", "regret"]].tolist() == [1, 0.5, 0.0]
    assert "r" not in table.index
    assert "random_split" not in table.index


def test_predictions_that_know_the_pairs_choose_better_than_chance():
    pairs, sets, singles = make_sets(n_tasks=10, size=4)
    _, parts, _ = make_sets(n_tasks=10, size=3)
    merged = pd.concat([sets, parts]).set_index("set")["normalized_accuracy"].to_dict()
    chosen = sets["set"].tolist()[::14]
    table = tabulate_options(chosen, merged, pairs, {"r": RIDGE}, seed=0)
    assert len(table) == 8 * len(chosen)
    assert table.notna().all(axis=None)
    regrets = tabulate_regrets({"mean": table}, singles["single_accuracy"]).set_index("rule")
    assert (regrets["n_sets"] == len(chosen)).all()
    assert (regrets["regret_low"] <= regrets["regret"]).all()
    assert regrets.loc["random_split", "regret"] > 0
    again = tabulate_options(chosen[::-1], merged, pairs, {"r": RIDGE}, seed=0)
    same = tabulate_regrets({"mean": again}, singles["single_accuracy"]).set_index("rule")
    pd.testing.assert_frame_equal(same.sort_index(), regrets.sort_index())
