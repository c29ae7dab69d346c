"""Learning from several zoos at once: what is held out, what a number means in each zoo."""

import numpy as np
import pandas as pd
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.registry import resolve_parameters

TARGET = "normalized_accuracy"


def fit(table, others, protocol="l2to", method="ridge"):
    params = resolve_parameters(method, {})
    about = {"target": TARGET, "metrics": METRICS, "seed": 0, "protocol": protocol}
    return fit_folds(table, method, params, others=others, **about)


def predicted(folds):
    return pd.concat([fold.predictions for fold in folds]).set_index("pair")["predicted"]


@pytest.fixture
def own():
    return make_pairs_table(6, noise=1.0)


@pytest.fixture
def other():
    return make_pairs_table(6, noise=1.0, seed=1)


@pytest.mark.parametrize("protocol", ["loto", "l2to", "split"])
def test_tasks_held_out_are_held_out_in_all_zoos(own, other, protocol):
    (name, expected), *_ = [
        (fold.held_out, fold.predictions) for fold in fit(own, {"other": other}, protocol)
    ]
    held_out = {*expected["task_a"], *expected["task_b"]}
    if protocol == "loto":
        held_out = {name}
    hidden = other[["task_a", "task_b"]].isin(held_out).any(axis=1)
    changed = other.assign(**{TARGET: other[TARGET].where(~hidden, -100.0)})
    again = fit(own, {"other": changed}, protocol)[0].predictions
    pd.testing.assert_frame_equal(again, expected)
    seen = other.assign(**{TARGET: other[TARGET].where(hidden, other["metric_a"] * 7)})
    assert not fit(own, {"other": seen}, protocol)[0].predictions.equals(expected)


def test_other_zoos_may_have_other_units_and_other_tasks(own, other):
    plain = predicted(fit(own, {"other": other}))
    stretched = other.assign(
        **{TARGET: 50 + 3 * other[TARGET]}, **{name: 1 - other[name] / 2 for name in METRICS[:1]}
    )
    flipped = other.assign(metric_a=-other["metric_a"])
    np.testing.assert_allclose(
        predicted(fit(own, {"other": stretched})), predicted(fit(own, {"other": flipped}))
    )
    named = other.replace(r"^task", "far", regex=True)
    assert not np.allclose(predicted(fit(own, {"other": named})), plain)


def test_more_zoos_of_the_same_law_predict_unseen_tasks_better(own):
    others = {
        f"zoo{seed}": make_pairs_table(8, noise=1.0, seed=seed).replace(
            r"^task", f"z{seed}t", regex=True
        )
        for seed in range(2, 6)
    }
    observed = own.set_index("pair")[TARGET]
    errors = [(predicted(fit(own, known)) - observed).pow(2).mean() for known in ({}, others)]
    assert errors[1] < 0.95 * errors[0]


def test_scores_and_coefficients_are_in_units_of_the_own_zoo(own, other):
    folds = fit(own, {"other": other})
    doubled = fit(own.assign(**{TARGET: 2 * own[TARGET]}), {"other": other})
    np.testing.assert_allclose(predicted(doubled), 2 * predicted(folds))
    first, second = (f[0].diagnostics["coefficients"] for f in (folds, doubled))
    np.testing.assert_allclose(list(second.values()), 2 * np.array(list(first.values())))


def test_the_zoo_that_lacks_a_column_is_named(own, other):
    with pytest.raises(ValueError, match=r"zoo 'other': the pairs table lacks .*metric_f"):
        fit(own, {"other": other.drop(columns="metric_f")})
