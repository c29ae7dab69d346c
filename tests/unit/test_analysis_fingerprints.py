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


def test_stable_metrics():
    frequency = {"a": 0.9, "b": 0.9, "c": 0.7, "d": 0.9, "e": 0.0}
    settings = [
        {"a": 1.0, "b": 1.0, "c": -1.0, "d": 2.0, "e": 0.0},
        {"a": 3.0, "b": -1.0, "c": -2.0, "d": 0.0, "e": 0.0},
        {"a": 2.0, "b": 1.0, "c": 0.0, "d": 0.0, "e": 0.0},
    ]
    table = make_coefficients({"one": settings[0], "two": settings[1]}, frequency, "x")
    other = make_coefficients({"one": settings[2]}, frequency, "y")
    frame = stable_metrics(pd.concat([table, other])).set_index("metric")
    assert frame["n_settings"].eq(3).all()
    assert frame["n_nonzero"].to_dict() == {"a": 3, "b": 3, "c": 2, "d": 1, "e": 0}
    assert frame["sign"].to_dict() == {"a": 1, "b": 0, "c": -1, "d": 1, "e": 0}
    assert frame.index[frame["same_sign"]].tolist() == ["a", "c", "d"]
    assert frame.index[frame["stable"]].tolist() == ["a", "c"]
    assert frame.index[frame["core"]].tolist() == ["a"]
    assert stable_metrics(table, 0.6).query("core")["metric"].tolist() == ["a", "c", "d"]


def test_frequencies_are_over_settings():
    table = make_coefficients({"one": {"a": 1.0}, "two": {"a": 1.0}})
    table["nonzero"] = [0.6, 1.0]
    (row,) = stable_metrics(table).to_dict("records")
    assert row["mean_frequency"] == pytest.approx(0.8)
    assert row["min_frequency"] == pytest.approx(0.6)
    assert not row["core"]


@pytest.mark.parametrize(
    "analyse", [agreement, stable_metrics, lambda table: contributions(table, FAMILIES)]
)
def test_one_predictor_at_a_time(analyse):
    both = pd.concat([TABLE, TABLE.assign(predictor="ridge")])
    with pytest.raises(ValueError, match="choose one predictor"):
        analyse(both)


def test_shares_and_agreements_are_shares():
    generator = np.random.default_rng(0)
    means = {m: dict(zip("abcdefg", generator.normal(size=7), strict=True)) for m in "xyz"}
    table = make_coefficients(means)
    shares = agreement(table)[["top_overlap", "sign_agreement"]].to_numpy()
    assert ((shares >= 0) & (shares <= 1)).all()
    assert contributions(table, FAMILIES)["share"].between(0, 1).all()
