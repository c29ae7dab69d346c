"""Agreement, contributions and stability of coefficients, by hand-computed examples."""

import numpy as np
import pandas as pd
import pytest

from mergeability.analysis.fingerprints import agreement, contributions, stable_metrics

pytestmark = pytest.mark.filterwarnings("error")

FAMILIES = {"letters": ["a", "b"], "others": ["c", "d", "absent"], "nothing": ["absent"]}


def make_coefficients(means, frequency=None, zoo=None):
    """One row per merger and metric, from `{merger: {metric: mean coefficient}}`."""
    frame = pd.DataFrame(
        [
            {
                "target": "accuracy",
                "protocol": "loto",
                "predictor": "pearson_l1",
                "merger": merger,
                "metric": metric,
                "mean": mean,
                "sd": 0.1,
                "nonzero": (frequency or {}).get(metric, float(mean != 0)),
            }
            for merger, of_merger in means.items()
            for metric, mean in of_merger.items()
        ]
    )
    return frame if zoo is None else frame.assign(zoo=zoo)


TABLE = make_coefficients(
    {
        "one": {"a": 4.0, "b": -3.0, "c": 0.0, "d": 1.0},
        "two": {"a": 0.5, "b": 2.5, "c": 2.0, "d": 0.0},
    }
)


def test_agreement():
    (row,) = agreement(TABLE, top=2).to_dict("records")
    assert row == {
        "merger_a": "one",
        "merger_b": "two",
        "top_overlap": 0.5,
        "sign_agreement": 0.5,
        "n_both_nonzero": 2,
    }


def test_zeros_are_never_on_top():
    table = make_coefficients({"one": {"a": 1.0, "b": 0.0}, "two": {"a": 1.0, "b": 0.0}})
    assert agreement(table)["top_overlap"].tolist() == [0.5]
    nothing = make_coefficients({"one": {"a": 0.0}, "two": {"a": 0.0}})
    assert agreement(nothing)["sign_agreement"].isna().all()


def test_equal_coefficients_agree():
    """Whatever the scale and the order of rows."""
    means = {"a": 1.0, "b": -2.0, "c": 3.0}
    table = make_coefficients({"one": means, "two": {m: 5 * v for m, v in means.items()}})
    frame = agreement(table.iloc[::-1], top=2)
    assert frame[["top_overlap", "sign_agreement"]].eq(1).all(axis=None)
    assert frame[["merger_a", "merger_b"]].to_numpy().tolist() == [["one", "two"]]


def test_mergers_are_compared_within_a_zoo():
    zoos = pd.concat([TABLE.assign(zoo="y"), TABLE.assign(zoo="x")])
    frame = agreement(zoos)
    assert frame["zoo"].tolist() == ["x", "y"]
    assert "zoo" in contributions(zoos, FAMILIES)


def test_contributions():
    frame = contributions(TABLE, FAMILIES)
    shares = frame.set_index(["merger", "level", "name"])["share"]
    assert shares["one", "metric"].to_dict() == {"a": 0.5, "b": 0.375, "c": 0.0, "d": 0.125}
    assert shares["one", "family"].to_dict() == {"letters": 0.875, "others": 0.125}
    assert shares["two", "family"].to_dict() == pytest.approx({"letters": 0.6, "others": 0.4})
    assert frame.groupby(["merger", "level"])["share"].sum().to_numpy() == pytest.approx(1)


def test_contributions_to_nothing_are_undefined():
    frame = contributions(make_coefficients({"one": {"a": 0.0, "b": 0.0}}), FAMILIES)
    assert frame["share"].isna().all()
    assert frame["name"].tolist() == ["letters", "a", "b"]


def make_refits(settings):
    """Coefficients without each of some tasks, from `{(zoo, merger): {metric: values}}`."""
    return pd.DataFrame(
        [
            {
                "target": "accuracy", "predictor": "pearson_l1", "zoo": zoo, "merger": merger,
                "metric": metric, "held_out": f"task{number}", "value": value,
            }
            for (zoo, merger), of_setting in settings.items()
            for metric, values in of_setting.items()
            for number, value in enumerate(values)
        ]
    )  # fmt: skip


ONE = {"a": [6, 6, 6, 6], "b": [2, 3, -1, 1], "c": [-1, 0, -1, 0], "d": [0, 0, 0, 0]}
TWO = {"a": [5, 6, 6, 5], "b": [-1, 1, 1, 3], "c": [0, 0, 0, 0], "d": [0, 0, 0, 1e-4]}
REFITS = make_refits({("x", "one"): ONE, ("x", "two"): TWO, ("y", "one"): ONE})


def test_stable_metrics():
    frame = stable_metrics(REFITS).set_index("metric")
    assert frame["n_settings"].eq(3).all()
    assert frame["n_positive"].to_dict() == {"a": 3, "b": 3, "c": 0, "d": 1}
    assert frame["n_negative"].to_dict() == {"a": 0, "b": 0, "c": 2, "d": 0}
    assert frame.index[frame["same_sign"]].tolist() == ["a", "b", "c"]
    assert frame["sign"].to_dict() == {"a": 1, "b": 0, "c": 0, "d": 0}
    assert frame.index[frame["stable"]].tolist() == ["a"]
    assert frame["n_clear_positive"].to_dict() == {"a": 3, "b": 0, "c": 0, "d": 0}
    assert frame["min_frequency"].to_dict() == {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0}
    assert frame.loc["c", "mean_frequency"] == pytest.approx(1 / 3)
    assert frame.index[frame["core"]].tolist() == ["a"]


def test_shares_of_coefficients_are_worked_out_fold_by_fold():
    refits = make_refits({("x", "one"): {"a": [1.0, 3.0], "b": [-1.0, 1.0]}})
    found = stable_metrics(refits).set_index("metric")
    assert found["share"].to_dict() == {"a": (1 / 2 + 3 / 4) / 2, "b": (-1 / 2 + 1 / 4) / 2}
    # Two tasks: se = |difference| / 2, and t(1) = 12.7 at 97.5 %.
    assert found.loc["a", "high"] - found.loc["a", "share"] == pytest.approx(
        min(12.7062047 * 0.125, 1 - 0.625)
    )


def test_the_length_of_coefficients_changes_no_stability():
    scaled = REFITS.assign(value=REFITS["value"] * np.where(REFITS["held_out"] == "task1", 9, 1))
    pd.testing.assert_frame_equal(stable_metrics(scaled), stable_metrics(REFITS))


def test_a_small_mean_of_the_other_sign_does_not_decide():
    other = {"a": [-1e-4, 0, 0, 0], "b": [1, 2, 1, 2]}
    settings = {("x", "one"): ONE, ("x", "two"): TWO}
    both = make_refits({**settings, ("y", "one"): other})
    (row,) = stable_metrics(both).query("metric == 'a'").to_dict("records")
    assert (row["n_positive"], row["n_negative"]) == (2, 1)
    assert not row["same_sign"]
    assert row["stable"]
    against = make_refits({**settings, ("y", "one"): {"a": [-1, -1, -1, -1], "b": [5, 6, 5, 6]}})
    assert not stable_metrics(against).query("metric == 'a'")["stable"].item()


def test_zoos_of_other_tasks_keep_their_mean():
    one = make_refits({("x", "one"): {"a": [1, 1, 1], "b": [0, 1, 3]}})
    other = make_refits({("y", "one"): {"a": [1, 1, 1], "b": [1, 1, 1]}}).replace("task2", "new")
    (row,) = stable_metrics(pd.concat([one, other])).query("metric == 'a'").to_dict("records")
    of_one = (1 + 1 / 2 + 1 / 4) / 3
    without = [(1 + 0.5) / 2, (0.5 + 0.5) / 2, (0.25 + 0.5) / 2, (of_one + 0.5) / 2]
    assert row["share"] == pytest.approx(np.mean(without))


@pytest.mark.parametrize(
    ("analyse", "table"),
    [
        (agreement, TABLE),
        (lambda table: contributions(table, FAMILIES), TABLE),
        (stable_metrics, REFITS),
    ],
)
def test_one_predictor_at_a_time(analyse, table):
    with pytest.raises(ValueError, match="choose one predictor"):
        analyse(pd.concat([table, table.assign(predictor="ridge")]))


def test_shares_and_agreements_are_shares():
    generator = np.random.default_rng(0)
    means = {m: dict(zip("abcdefg", generator.normal(size=7), strict=True)) for m in "xyz"}
    table = make_coefficients(means)
    shares = agreement(table)[["top_overlap", "sign_agreement"]].to_numpy()
    assert ((shares >= 0) & (shares <= 1)).all()
    assert contributions(table, FAMILIES)["share"].between(0, 1).all()
