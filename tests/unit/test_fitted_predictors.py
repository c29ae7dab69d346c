"""The predictors fitted by descent, and Lasso, against what is known of their solutions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from mergeability.prediction.moments import training_moments
from mergeability.prediction.predictors import lasso, mlp, mse, pearson, ridge
from mergeability.prediction.problem import Pairs, Training
from mergeability.prediction.registry import resolve_parameters
from mergeability.prediction.scaling import scale_by_training

pytestmark = pytest.mark.filterwarnings("error")

TRUTH = np.array([1.0, -0.5, 0.0, 0.25])


def make_problem(n_tasks=12, signal=lambda x: x @ TRUTH, noise=0.0):
    """All pairs of tasks with four random metrics and a target made from them."""
    generator = np.random.default_rng(0)
    names = [f"task{number:02d}" for number in range(n_tasks)]
    tasks = np.array([(a, b) for i, a in enumerate(names) for b in names[i + 1 :]])
    metrics = generator.uniform(-1, 1, (len(tasks), len(TRUTH)))
    target = 0.8 + 0.1 * (signal(metrics) + noise * generator.normal(size=len(tasks)))
    return Pairs(tasks, np.ones((len(tasks), 2)), metrics), target


def fit(module, pairs, target, rows=None, **given):
    rows = np.ones(len(target), dtype=bool) if rows is None else rows
    params = resolve_parameters(module.__name__.rpartition(".")[2], given)
    (result,) = module.fit(pairs, [Training(rows, target[rows], 0)], **params)
    return result


def least_squares(pairs, target):
    scaled = scale_by_training(pairs.metrics, np.ones(len(target), dtype=bool))
    design = np.column_stack([np.ones(len(target)), scaled])
    return np.linalg.lstsq(design, target, rcond=None)[0][1:]


def unseen_r(module, pairs, target):
    rows = ~(pairs.tasks == "task00").any(axis=1)
    scores = fit(module, pairs, target, rows).scores
    return np.corrcoef(scores[~rows], target[~rows])[0, 1]


@pytest.mark.parametrize("module", [pearson, mse, lasso])
def test_linear_signals_are_recovered(module):
    pairs, target = make_problem(noise=0.01)
    result = fit(module, pairs, target)
    direction = result.coefficients / np.linalg.norm(result.coefficients)
    exact = least_squares(pairs, target)
    assert direction @ exact / np.linalg.norm(exact) == pytest.approx(1.0, abs=1e-3)
    assert unseen_r(module, pairs, target) > 0.99


def test_pearson_nears_the_best_r_of_any_linear_score():
    pairs, target = make_problem(noise=1.0)
    exact = scale_by_training(pairs.metrics, np.ones(len(target), dtype=bool)) @ least_squares(
        pairs, target
    )
    best = np.corrcoef(exact, target)[0, 1]
    reached = np.corrcoef(fit(pearson, pairs, target).scores, target)[0, 1]
    assert best - 0.005 < reached <= best + 1e-12


def test_mse_ends_at_least_squares():
    pairs, target = make_problem(noise=1.0)
    result = fit(mse, pairs, target, tolerance=0.0, patience=2000)
    np.testing.assert_allclose(result.coefficients, least_squares(pairs, target), atol=1e-4)
    assert result.scores.mean() == pytest.approx(target.mean())
    scaled = scale_by_training(pairs.metrics, np.ones(len(target), dtype=bool))
    np.testing.assert_allclose(
        result.scores, scaled @ result.coefficients + result.details["intercept"]
    )


def test_mse_stops_by_the_same_rule_as_the_published_predictor():
    pairs, target = make_problem()
    assert fit(mse, pairs, target, tolerance=1e9, patience=7).details["steps"] == 8
    assert fit(mse, pairs, target, steps=3).details["steps"] == 3


@given(st.integers(0, 10_000))
def test_mse_loss_and_gradient(seed):
    generator = np.random.default_rng(seed)
    x, y = generator.uniform(-1, 1, (20, 4)), generator.normal(size=20)
    fold = Training(np.ones(20, dtype=bool), y, 0)
    moments, counts = training_moments([x], [fold]), np.array([20.0])
    weights = generator.normal(size=(1, 4))
    loss, gradient = mse.loss_and_gradient(moments, counts, weights)
    standardised = (y - y.mean()) / y.std()
    residual = standardised - (x - x.mean(axis=0)) @ weights[0]
    assert loss[0] == pytest.approx(np.mean(residual**2))
    assert_gradient(lambda w: mse.loss_and_gradient(moments, counts, w)[0], weights, gradient)


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_mlp_gradient(seed):
    """Also for a fold that is filled up with rows that do not count."""
    generator = np.random.default_rng(seed)
    hidden, n_metrics, rows = 3, 4, 6
    weights = generator.normal(size=(2, hidden * (n_metrics + 2) + 1))
    inputs = generator.normal(size=(2, rows, n_metrics))
    targets = generator.normal(size=(2, rows))
    shares = np.array([[1 / 6] * 6, [1 / 4] * 4 + [0.0] * 2])
    kept = (generator.random((2, rows, hidden)) > 0.4) / 0.6

    def loss(w):
        return mlp.loss_and_gradient(w, inputs, targets, shares, kept)[0]

    _, gradient = mlp.loss_and_gradient(weights, inputs, targets, shares, kept)
    assert_gradient(loss, weights, gradient)
    network = mlp.unpack(weights, hidden)
    active = np.maximum(inputs[1] @ network.inner[1] + network.inner_bias[1], 0.0) * kept[1]
    output = active @ network.outer[1] + network.outer_bias[1]
    assert loss(weights)[1] == pytest.approx(np.mean((output - targets[1])[:4] ** 2))


def assert_gradient(loss, weights, gradient, step=1e-6):
    for place in range(weights.shape[1]):
        shift = step * (np.arange(weights.shape[1]) == place)
        slope = (loss(weights + shift) - loss(weights - shift)) / (2 * step)
        np.testing.assert_allclose(gradient[:, place], slope, rtol=1e-4, atol=1e-5)


def test_mlp_learns_what_no_linear_score_can():
    pairs, target = make_problem(16, signal=lambda x: np.abs(x[:, 0]) + 0.5 * np.abs(x[:, 1]))
    assert unseen_r(mlp, pairs, target) > 0.8
    assert unseen_r(ridge, pairs, target) < 0.5


def test_mlp_depends_on_the_fold_s_seed_alone():
    pairs, target = make_problem()
    rows = np.ones(len(target), dtype=bool)
    params = resolve_parameters("mlp", {})
    one, other, again = mlp.fit(
        pairs, [Training(rows, target, seed) for seed in (1, 2, 1)], **params
    )
    assert np.abs(one.scores - other.scores).max() > 1e-4
    np.testing.assert_array_equal(one.scores, again.scores)


def test_mlp_refuses_to_drop_all_units():
    pairs, target = make_problem()
    with pytest.raises(ValueError, match="dropout must be below 1, got 1"):
        fit(mlp, pairs, target, dropout=1.0)


def test_lasso_goes_from_nothing_to_least_squares():
    pairs, target = make_problem(noise=0.5)
    scaled = scale_by_training(pairs.metrics, np.ones(len(target), dtype=bool))
    weights, intercepts, largest = lasso.lasso_path(scaled, target, np.array([1.0, 0.9, 1e-6]))
    np.testing.assert_array_equal(weights[0], 0.0)
    assert intercepts[0] == pytest.approx(target.mean())
    assert np.count_nonzero(weights[1]) == 1
    np.testing.assert_allclose(weights[2], least_squares(pairs, target), rtol=1e-2, atol=1e-4)
    reference = Lasso(alpha=0.1 * largest, tol=1e-10).fit(scaled, target)
    weights, intercepts, _ = lasso.lasso_path(scaled, target, np.array([0.1]))
    np.testing.assert_allclose(weights[0], reference.coef_, atol=1e-3 * np.abs(weights).max())
    assert intercepts[0] == pytest.approx(reference.intercept_, rel=1e-3)


def test_lasso_drops_what_says_nothing():
    pairs, target = make_problem(noise=0.3)
    sparse = fit(lasso, pairs, target, ratios=[0.3])
    assert (sparse.coefficients != 0).tolist() == [True, True, False, False]
    assert sparse.details["nonzero"] == 2
    result = fit(lasso, pairs, target)
    noise = np.random.default_rng(1).normal(size=len(target))
    assert fit(lasso, pairs, noise).details["ratio"] > result.details["ratio"]
