"""Zoos are compared pair by pair, by hand-computed examples."""

import numpy as np
import pandas as pd
import pytest
from synthetic import make_pairs_table

from mergeability.analysis.recipes import COLUMNS, compare_recipes
from mergeability.prediction.jackknife import jackknife_interval

pytestmark = pytest.mark.filterwarnings("error")


def make_table(values, merger="ties"):
    """A pairs table from `{pair of one-letter tasks: accuracy}`."""
    return pd.DataFrame(
        [
            {
                "pair": f"{a}__{b}",
                "task_a": a,
                "task_b": b,
                "merger": merger,
                "accuracy": value,
            }
            for (a, b), value in values.items()
        ]
    )


BASELINE = make_table({"ab": 0.5, "ac": 0.6, "bc": 0.7})
OTHER = make_table({"ab": 0.6, "ac": 0.5, "bc": 0.9, "ad": 0.1})


def test_by_hand():
    frame = compare_recipes({"z": BASELINE, "a": OTHER}, "z", "accuracy")
    assert list(frame.columns) == COLUMNS
    assert frame["zoo"].tolist() == ["z", "a"]
    base, other = frame.to_dict("records")
    assert base["mean"] == pytest.approx(0.6)
    assert base["n_pairs"] == 3
    assert base["n_common_pairs"] == 0
    assert np.isnan([base["difference"], base["difference_low"], base["share_improved"]]).all()
    assert other["mean"] == pytest.approx(2.1 / 4)
    assert (other["n_pairs"], other["n_common_pairs"]) == (4, 3)
    assert other["difference"] == pytest.approx(0.2 / 3)
    assert other["share_improved"] == pytest.approx(2 / 3)
    # Without a, b or c one pair is left: bc, ac or ab.
    low, high = jackknife_interval(np.array([0.2 / 3]), np.array([[0.2], [-0.1], [0.1]]))
    assert [other["difference_low"], other["difference_high"]] == pytest.approx([low[0], high[0]])


def test_missing_targets_on_either_side_leave_the_comparison():
    baseline = make_table({"ab": 0.5, "ac": np.nan, "bc": 0.7})
    other = make_table({"ab": np.nan, "ac": 0.9, "bc": 0.8})
    _, row = compare_recipes({"a": baseline, "b": other}, "a", "accuracy").to_dict("records")
    assert (row["n_pairs"], row["n_common_pairs"]) == (2, 1)
    assert row["difference"] == pytest.approx(0.1)
    assert np.isnan(row["difference_low"])


def test_mergers_the_baseline_lacks_have_a_mean_only():
    more = pd.concat([OTHER, make_table({"ab": 0.5}, "tsv")])
    frame = compare_recipes({"a": BASELINE, "b": more}, "a", "accuracy")
    row = frame[frame["merger"] == "tsv"].iloc[0]
    assert row["mean"] == 0.5
    assert row["n_common_pairs"] == 0
    assert np.isnan([row["difference"], row["difference_low"], row["share_improved"]]).all()


def test_equal_zoos_do_not_differ():
    table = make_pairs_table(6, ("one", "two"))
    frame = compare_recipes({"a": table, "b": table}, "a", "normalized_accuracy")
    others = frame[frame["zoo"] == "b"]
    assert others[["difference", "difference_low", "difference_high"]].eq(0).all(axis=None)
    assert others["share_improved"].eq(0).all()


def test_the_baseline_must_be_there():
    with pytest.raises(ValueError, match="'absent'"):
        compare_recipes({"a": BASELINE}, "absent", "accuracy")
