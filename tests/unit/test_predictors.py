"""Predictors learn from training pairs alone, reproducibly, and say what they used."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from synthetic import METRICS, make_pairs_table, metrics_for

from mergeability.prediction.fitting import fit_folds, read_folds, write_fold
from mergeability.prediction.predictors import partner_mean, pearson_l1, ridge
from mergeability.prediction.problem import Pairs, Training, build_pairs, usable_rows
from mergeability.prediction.protocols import loto
from mergeability.prediction.registry import PREDICTORS, resolve_parameters

TABLE = make_pairs_table()
LEARNERS = [name for name, predictor in PREDICTORS.items() if predictor.uses_metrics]


def fit(table, method, target="normalized_accuracy", **given):
    params = resolve_parameters(method, given)
    return fit_folds(table, method, params, target=target, metrics=metrics_for(method), seed=0)


def as_bytes(results):
    return [
        (result.predictions.to_csv().encode(), json.dumps(result.diagnostics, sort_keys=True))
        for result in results
    ]


def trainings(table, target="normalized_accuracy"):
    usable = table.sort_values("pair")[usable_rows(table.sort_values("pair"), target, METRICS)]
    pairs = build_pairs(usable, METRICS)
    folds = loto(pairs.tasks, np.unique(pairs.tasks).tolist())
    values = usable[target].to_numpy()
    return pairs, [Training(fold.train, values[fold.train], i) for i, fold in enumerate(folds)]


@pytest.mark.parametrize("method", PREDICTORS)
def test_every_pair_is_predicted_once_per_task(method):
    results = fit(TABLE, method)
    assert [result.held_out for result in results] == sorted({*TABLE["task_a"], *TABLE["task_b"]})
    for result in results:
        rows = result.predictions
        assert rows["pair"].is_monotonic_increasing
        assert ((rows["task_a"] == result.held_out) ^ (rows["task_b"] == result.held_out)).all()
        assert len(rows) == result.diagnostics["n_held_out_pairs"] == 7
        assert result.diagnostics["n_train_pairs"] == 21
    everything = pd.concat([result.predictions for result in results])
    assert (everything["pair"].value_counts() == 2).all()
    observed = TABLE.set_index("pair")["normalized_accuracy"]
    np.testing.assert_array_equal(everything["observed"], observed[everything["pair"]])


@pytest.mark.parametrize("method", PREDICTORS)
def test_the_order_of_rows_and_metrics_changes_no_byte(method):
    shuffled = TABLE.sample(frac=1, random_state=1)
    metrics = metrics_for(method)[::-1]
    params = resolve_parameters(method, {})
    again = fit_folds(
        shuffled, method, params, target="normalized_accuracy", metrics=metrics, seed=0
    )
    assert as_bytes(again) == as_bytes(fit(TABLE, method))


@pytest.mark.parametrize("method", PREDICTORS)
def test_held_out_values_change_no_fit(method):
    task = "task03"
    held_out = (TABLE[["task_a", "task_b"]] == task).any(axis=1)
    changed = TABLE.copy()
    changed.loc[held_out, ["normalized_accuracy", *METRICS]] *= -3.0
    before, after = (
        next(result for result in fit(table, method) if result.held_out == task)
        for table in (TABLE, changed)
    )
    assert before.diagnostics["coefficients"] == after.diagnostics["coefficients"]
    assert before.diagnostics["fit"] == after.diagnostics["fit"]
    assert before.diagnostics["train_r"] == after.diagnostics["train_r"]
    if not metrics_for(method):
        pd.testing.assert_series_equal(
            before.predictions["predicted"], after.predictions["predicted"]
        )


@pytest.mark.parametrize("method", LEARNERS)
def test_learners_find_the_signal(method):
    results = fit(make_pairs_table(12, noise=0.1), method)
    assert np.mean([result.diagnostics["validation_r"] for result in results]) > 0.9
    for result in results if PREDICTORS[method].linear else []:
        coefficients = result.diagnostics["coefficients"]
        assert coefficients["metric_a"] > 0 > coefficients["metric_b"]


@pytest.mark.parametrize("method", LEARNERS)
def test_pairs_without_a_metric_are_left_out_and_counted(method):
    table = TABLE.copy()
    gap = table.index[table["pair"] == "task00__task01"]
    table.loc[gap, "metric_c"] = np.nan
    for result in fit(table, method):
        held_out = result.held_out in ("task00", "task01")
        assert result.diagnostics["n_missing_held_out_pairs"] == int(held_out)
        assert result.diagnostics["n_missing_train_pairs"] == int(not held_out)
        assert "task00__task01" not in set(result.predictions["pair"])
    assert all(
        result.diagnostics["n_missing_held_out_pairs"] == 0 for result in fit(table, "partner_mean")
    )


def test_batched_folds_equal_folds_one_by_one():
    pairs, folds = trainings(TABLE)
    params = resolve_parameters("pearson_l1", {})
    batched = pearson_l1.fit(pairs, folds, **params)
    assert len({fit.details["steps"] for fit in batched}) > 1
    for together, fold in zip(batched, folds, strict=True):
        (alone,) = pearson_l1.fit(pairs, [fold], **params)
        np.testing.assert_allclose(together.coefficients, alone.coefficients, atol=1e-6)
        np.testing.assert_allclose(together.scores, alone.scores, atol=1e-6)
        assert together.details == alone.details


@given(st.integers(0, 10_000), st.floats(0, 2))
def test_gradient_agrees_with_finite_differences(seed, penalty):
    generator = np.random.default_rng(seed)
    metrics = generator.uniform(-1, 1, (20, 4))
    fold = Training(np.ones(20, dtype=bool), generator.normal(size=20), 0)
    moments = pearson_l1.training_moments([metrics], [fold])
    # Away from zero, where the penalty has a kink.
    weights = (generator.uniform(0.05, 1, 4) * generator.choice([-1, 1], 4))[None]
    _, gradient = pearson_l1.loss_and_gradient(moments, weights, penalty)
    step = 1e-6
    for i in range(4):
        shift = step * np.eye(4)[i]
        above, _ = pearson_l1.loss_and_gradient(moments, weights + shift, penalty)
        below, _ = pearson_l1.loss_and_gradient(moments, weights - shift, penalty)
        assert gradient[0, i] == pytest.approx((above - below)[0] / (2 * step), abs=1e-6)


def test_loss_is_the_penalised_correlation():
    pairs, folds = trainings(TABLE)
    moments = pearson_l1.training_moments([pairs.metrics for _ in folds], folds)
    weights = np.random.default_rng(0).normal(size=(len(folds), len(METRICS)))
    loss, _ = pearson_l1.loss_and_gradient(moments, weights, 0.3)
    for value, w, fold in zip(loss, weights, folds, strict=True):
        r = np.corrcoef(pairs.metrics[fold.rows] @ w, fold.target)[0, 1]
        assert value == pytest.approx(-r + 0.3 * np.abs(w).sum())


# Without metrics, some still have their task effects.
@pytest.mark.parametrize("method", sorted(set(LEARNERS) - {"additive", "mixed"}))
def test_constant_metrics_give_constant_scores_and_no_correlation(method):
    table = TABLE.assign(**dict.fromkeys(METRICS, 1.0))
    for result in fit(table, method):
        assert np.ptp(result.predictions["predicted"]) == 0
        assert result.diagnostics["validation_r"] is None
        assert result.diagnostics["validation_spearman"] is None


def test_a_fold_stops_after_its_patience_and_no_later_than_its_steps():
    (at_once, *_) = fit(TABLE, "pearson_l1", tolerance=1e9, patience=7)
    # The first step always lies below the infinite start.
    assert at_once.diagnostics["fit"]["steps"] == 8
    (bounded, *_) = fit(TABLE, "pearson_l1", steps=3)
    assert bounded.diagnostics["fit"]["steps"] == 3


@given(st.floats(1e-3, 1e3))
def test_ridge_path_agrees_with_scikit_learn(alpha):
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(15, 6)), generator.normal(size=15)
    weights, intercepts = ridge.ridge_path(x, y, np.array([alpha, 2 * alpha]))
    for i, penalty in enumerate((alpha, 2 * alpha)):
        reference = Ridge(alpha=penalty).fit(x, y)
        np.testing.assert_allclose(weights[i], reference.coef_, rtol=1e-9, atol=1e-12)
        assert intercepts[i] == pytest.approx(reference.intercept_)


def test_ridge_shrinks_hard_where_metrics_say_nothing():
    noise = TABLE.assign(
        **dict(zip(METRICS, np.random.default_rng(1).normal(size=(6, len(TABLE))), strict=True))
    )
    signal, nothing = (
        np.mean([np.log10(result.diagnostics["fit"]["alpha"]) for result in fit(table, "ridge")])
        for table in (TABLE, noise)
    )
    assert nothing > signal + 1


def test_partner_mean_is_the_mean_over_the_partners_training_pairs():
    values = TABLE.set_index("pair")["normalized_accuracy"]
    for result in fit(TABLE, "partner_mean"):
        for row in result.predictions.itertuples():
            partner = row.task_b if row.task_a == row.held_out else row.task_a
            others = [
                pair
                for pair in values.index
                if partner in pair.split("__") and row.held_out not in pair.split("__")
            ]
            assert row.predicted == pytest.approx(values[others].mean())


def test_partner_mean_falls_back_to_all_training_pairs():
    pairs = Pairs(np.array([["a", "b"], ["c", "d"]]), np.ones((2, 2)), np.ones((2, 0)))
    (result,) = partner_mean.fit(pairs, [Training(np.array([True, False]), np.array([0.7]), 0)])
    np.testing.assert_array_equal(result.scores, [0.7, 0.7])


def test_single_accuracy_is_the_mean_of_both():
    expected = TABLE.set_index("pair")[["accuracy_single_a", "accuracy_single_b"]].mean(axis=1)
    for result in fit(TABLE, "single_accuracy"):
        np.testing.assert_allclose(
            result.predictions["predicted"], expected[result.predictions["pair"]]
        )


def test_results_are_named_by_predictor_but_seeded_by_method():
    params = resolve_parameters("pearson_l1", {})
    named = fit_folds(
        TABLE, "pearson_l1", params,
        target="normalized_accuracy", metrics=METRICS, seed=0, predictor="sparse",
    )  # fmt: skip
    plain = fit(TABLE, "pearson_l1")
    assert {result.diagnostics["predictor"] for result in named} == {"sparse"}
    assert {result.diagnostics["predictor"] for result in plain} == {"pearson_l1"}
    assert [result.diagnostics["coefficients"] for result in named] == [
        result.diagnostics["coefficients"] for result in plain
    ]


def test_the_seed_moves_the_start():
    params = resolve_parameters("pearson_l1", {"steps": 1, "cut": 0.0})
    starts = [
        fit_folds(TABLE, "pearson_l1", params, target="accuracy", metrics=METRICS, seed=seed)
        for seed in (0, 1)
    ]
    assert starts[0][0].diagnostics["coefficients"] != starts[1][0].diagnostics["coefficients"]


def test_folds_survive_writing(tmp_path):
    for result in fit(TABLE, "ridge"):
        write_fold(result, tmp_path / "fold.parquet", tmp_path / "fold.json")
        (again,) = read_folds(tmp_path / "fold.parquet", tmp_path / "fold.json")
        assert again.held_out == result.held_out
        assert again.diagnostics["coefficients"] == result.diagnostics["coefficients"]
        pd.testing.assert_frame_equal(again.predictions, result.predictions)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.drop(columns="metric_b"), r"lacks the columns \['metric_b'\]"),
        (pd.concat([TABLE, TABLE[:1]]), r"repeats the pairs \['task00__task01'\]"),
        (TABLE.assign(metric_b=np.nan), r"without any value: \['metric_b'\]"),
        (make_pairs_table(4, ("x", "y")), r"one merger, got \['x', 'y'\]"),
        (make_pairs_table(2), r"holding out 'task00' leaves no usable training pair"),
    ],
)
def test_unusable_tables_are_refused(table, message):
    with pytest.raises(ValueError, match=message):
        fit(table, "ridge")
