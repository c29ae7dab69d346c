"""What every predictor owes its folds: independence, no leakage, and an answer at the edges."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.naming import stable_seed
from mergeability.prediction.predictors import fit_predictor, single_accuracy
from mergeability.prediction.problem import Fit, Training, build_pairs
from mergeability.prediction.protocols import make_folds
from mergeability.prediction.registry import PREDICTORS, resolve_parameters

pytestmark = pytest.mark.filterwarnings("error")

TARGET = "normalized_accuracy"
LEARNING = [
    method
    for method, predictor in PREDICTORS.items()
    if method != "single_accuracy" and not predictor.one_column
]


def make_problem(n_tasks):
    table = make_pairs_table(n_tasks).sort_values("pair", ignore_index=True)
    return build_pairs(table, METRICS), table[TARGET].to_numpy()


PAIRS, TARGETS = make_problem(8)


def fit(method, pairs, folds):
    module = import_module(f"mergeability.prediction.predictors.{method}")
    if PREDICTORS[method].one_column:
        pairs = with_metrics(pairs, pairs.metrics[:, :1])
    return module.fit(pairs, folds, **resolve_parameters(method, {}))


def fit_one(method, pairs, target, rows):
    (result,) = fit(method, pairs, [Training(rows, target[rows], 0)])
    return result


def trainings(protocol):
    tasks = np.unique(PAIRS.tasks).tolist()
    return [
        Training(fold.train, TARGETS[fold.train], seed)
        for seed, fold in enumerate(make_folds(protocol, PAIRS.tasks, tasks))
    ]


def with_metrics(pairs, metrics):
    return replace(pairs, metrics=metrics)


def without(task):
    return ~(PAIRS.tasks == task).any(axis=1)


def first_rows(pairs, count):
    return np.arange(len(pairs.tasks)) < count


def test_only_training_targets_reach_a_method(monkeypatch):
    """Each fold gets its own, and a seed from its name; without folds nothing is fitted."""
    given = []
    monkeypatch.setattr(single_accuracy, "fit", lambda _, folds: given.extend(folds) or fits)
    fits = [Fit(np.zeros(len(TARGETS)))] * 2
    masks = {name: without(name) for name in ("task01", "task02")}
    known = np.where(masks["task01"] | masks["task02"], TARGETS, np.nan)
    assert fit_predictor(PAIRS, masks, known, "single_accuracy", {}, 5) == fits
    for (name, mask), fold in zip(masks.items(), given, strict=True):
        np.testing.assert_array_equal(fold.rows, mask)
        np.testing.assert_array_equal(fold.target, TARGETS[mask])
        assert fold.seed == stable_seed("single_accuracy", name, 5)
    assert fit_predictor(PAIRS, {}, TARGETS, "ridge", {}, 0) == []


@pytest.mark.parametrize(
    "fits", [[], [Fit(TARGETS[1:])], [Fit(TARGETS[:, None])], [Fit(TARGETS)] * 2]
)
def test_other_answers_than_one_score_per_pair_are_refused(fits, monkeypatch):
    monkeypatch.setattr(single_accuracy, "fit", lambda _pairs, _folds: fits)
    with pytest.raises(ValueError, match="'single_accuracy' must give one Fit per fold"):
        fit_predictor(PAIRS, {"one": without("task01")}, TARGETS, "single_accuracy", {}, 0)


@pytest.mark.parametrize("protocol", ["loto", "l2to", "split", "mixed"])
@pytest.mark.parametrize("method", PREDICTORS)
def test_batched_folds_equal_folds_one_by_one(method, protocol):
    """Also where folds differ in size, as they do across protocols."""
    folds = (
        [*trainings("loto")[:3], *trainings("l2to")[:3], *trainings("split")[:3]]
        if protocol == "mixed"
        else trainings(protocol)
    )
    for together, fold in zip(fit(method, PAIRS, folds), folds, strict=True):
        (alone,) = fit(method, PAIRS, [fold])
        np.testing.assert_allclose(together.scores, alone.scores, atol=1e-6)
        if PREDICTORS[method].linear:
            np.testing.assert_allclose(together.coefficients, alone.coefficients, atol=1e-6)


@pytest.mark.parametrize("method", PREDICTORS)
def test_linear_methods_give_one_coefficient_per_metric(method):
    result = fit_one(method, PAIRS, TARGETS, without("task00"))
    assert result.scores.shape == TARGETS.shape
    if PREDICTORS[method].linear:
        assert result.coefficients.shape == (len(METRICS),)
    else:
        assert result.coefficients is None


@pytest.mark.parametrize("protocol", ["loto", "l2to"])
@pytest.mark.parametrize("method", PREDICTORS)
def test_metrics_of_other_pairs_change_no_fit(method, protocol):
    for fold in trainings(protocol)[::3]:
        changed = PAIRS.metrics.copy()
        changed[~fold.rows] = 5.0 - 3.0 * changed[~fold.rows]
        (before,) = fit(method, PAIRS, [fold])
        (after,) = fit(method, with_metrics(PAIRS, changed), [fold])
        assert before.details == after.details
        np.testing.assert_allclose(before.scores[fold.rows], after.scores[fold.rows], rtol=1e-12)
        if PREDICTORS[method].linear:
            np.testing.assert_array_equal(before.coefficients, after.coefficients)


@pytest.mark.parametrize("method", PREDICTORS)
def test_fits_depend_on_no_global_state(method):
    folds = trainings("loto")
    first, again = fit(method, PAIRS, folds), fit(method, PAIRS, folds)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.scores, other.scores)


@pytest.mark.parametrize("method", PREDICTORS)
def test_a_metric_that_is_constant_in_training_is_ignored(method):
    rows = without("task03")
    metrics = PAIRS.metrics.copy()
    metrics[rows, 2] = 0.3
    shifted = metrics.copy()
    shifted[~rows, 2] += 100.0
    plain, moved = (
        fit_one(method, with_metrics(PAIRS, values), TARGETS, rows) for values in (metrics, shifted)
    )
    np.testing.assert_allclose(plain.scores, moved.scores, atol=1e-9)
    if PREDICTORS[method].linear:
        assert plain.coefficients[2] == pytest.approx(0.0, abs=1e-12)
        assert np.abs(plain.coefficients).max() > 1e-3


@pytest.mark.parametrize("method", LEARNING)
def test_a_constant_target_is_predicted_as_it_is(method):
    """Scores that only rank are then all alike: nothing is known to rank by."""
    constant = np.full_like(TARGETS, 0.7)
    result = fit_one(method, PAIRS, constant, without("task03"))
    if PREDICTORS[method].in_target_units:
        np.testing.assert_allclose(result.scores, constant, rtol=1e-12)
    else:
        np.testing.assert_array_equal(result.scores, np.zeros_like(constant))


@pytest.mark.parametrize("method", LEARNING)
def test_one_training_pair_gives_constant_scores(method):
    result = fit_one(method, PAIRS, TARGETS, first_rows(PAIRS, 1))
    expected = TARGETS[0] if PREDICTORS[method].in_target_units else 0.0
    np.testing.assert_allclose(result.scores, expected, rtol=1e-12)
    if PREDICTORS[method].linear:
        np.testing.assert_array_equal(result.coefficients, np.zeros(len(METRICS)))


@pytest.mark.parametrize("method", PREDICTORS)
@pytest.mark.parametrize("shared", [True, False])
def test_two_training_pairs_are_enough(method, shared):
    second = 1 if shared else len(TARGETS) - 1
    assert bool(set(PAIRS.tasks[0]) & set(PAIRS.tasks[second])) == shared
    rows = np.isin(np.arange(len(TARGETS)), [0, second])
    assert np.isfinite(fit_one(method, PAIRS, TARGETS, rows).scores).all()


@pytest.mark.parametrize("method", PREDICTORS)
@pytest.mark.parametrize("n_tasks", [2, 3])
def test_few_training_tasks_are_enough(method, n_tasks):
    """With two tasks no inner fold has a training pair, with three each has one."""
    rows = np.isin(PAIRS.tasks, [f"task{number:02d}" for number in range(n_tasks)]).all(axis=1)
    assert rows.sum() == n_tasks * (n_tasks - 1) / 2
    result = fit_one(method, PAIRS, TARGETS, rows)
    assert np.isfinite(result.scores).all()


@pytest.mark.parametrize("method", PREDICTORS)
def test_a_single_metric_is_enough(method):
    pairs = with_metrics(PAIRS, PAIRS.metrics[:, :1])
    assert np.isfinite(fit_one(method, pairs, TARGETS, without("task00")).scores).all()


@pytest.mark.parametrize(
    "method", ["mse", "mlp", "ridge", "lasso", "kernel_ridge", "additive", "mixed"]
)
def test_predictions_follow_a_change_of_the_target_s_unit(method):
    rows = without("task05")
    plain, scaled = (
        fit_one(method, PAIRS, values, rows).scores for values in (TARGETS, 100.0 * TARGETS + 5.0)
    )
    np.testing.assert_allclose(scaled, 100.0 * plain + 5.0, rtol=1e-6)
