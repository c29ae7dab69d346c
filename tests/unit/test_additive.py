"""Task effects plus metrics: the solution, what is chosen by which errors, and what it predicts."""

import json

import numpy as np
import pytest

from mergeability.prediction.predictors import additive, partner_mean
from mergeability.prediction.problem import Pairs, Training
from mergeability.prediction.protocols import make_folds
from mergeability.prediction.registry import resolve_parameters

pytestmark = pytest.mark.filterwarnings("error")

NAMES = [f"task{number:02d}" for number in range(14)]
TASKS = np.array([(a, b) for i, a in enumerate(NAMES) for b in NAMES[i + 1 :]])
GENERATOR = np.random.default_rng(0)
METRICS = GENERATOR.uniform(-1, 1, (len(TASKS), 5))
EFFECTS = dict(zip(NAMES, GENERATOR.normal(size=len(NAMES)), strict=True))
SIGNAL = METRICS @ [1.0, -0.5, 0.0, 0.0, 0.0]
NOISE = 0.2 * GENERATOR.normal(size=len(TASKS))
PAIRS = Pairs(TASKS, np.ones((len(TASKS), 2)), METRICS)
TASK_SUM = np.array([EFFECTS[a] + EFFECTS[b] for a, b in TASKS])


def fit_protocol(protocol, target, **given):
    folds = make_folds(protocol, TASKS, NAMES)
    trainings = [Training(fold.train, target[fold.train], 0) for fold in folds]
    return folds, trainings, additive.fit(PAIRS, trainings, **resolve_parameters("additive", given))


def within_fold_r(folds, fits, target):
    return [
        np.corrcoef(fit.scores[fold.held_out], target[fold.held_out])[0, 1]
        for fold, fit in zip(folds, fits, strict=True)
    ]


@pytest.mark.parametrize("task", [0.5, 20.0, np.inf])
@pytest.mark.parametrize("metric", [0.1, 50.0, np.inf])
def test_solutions_are_those_of_the_penalised_normal_equations(task, metric):
    z = (TASKS[:, :, None] == np.array(NAMES)).any(axis=1).astype(float)
    target = TASK_SUM + SIGNAL + NOISE
    solutions = additive.solve(METRICS, z, target, np.array([3.0, task]), np.array([metric, 1.0]))
    used = np.array([0.0] + [task] * len(NAMES) + [metric] * 5)
    design = np.column_stack([np.ones(len(z)), z, METRICS])[:, np.isfinite(used)]
    penalties = np.diag(used[np.isfinite(used)])
    expected = np.zeros(len(used))
    expected[np.isfinite(used)] = np.linalg.solve(design.T @ design + penalties, design.T @ target)
    assert solutions.intercepts[1, 0] == pytest.approx(expected[0])
    np.testing.assert_allclose(solutions.effects[1, 0], expected[1:15], atol=1e-9)
    np.testing.assert_allclose(solutions.weights[1, 0], expected[15:], atol=1e-9)


def test_without_metrics_it_ranks_like_the_partner_mean():
    """In a complete design, for any finite task penalty."""
    target = TASK_SUM + NOISE
    folds = make_folds("loto", TASKS, NAMES)
    trainings = [Training(fold.train, target[fold.train], 0) for fold in folds]
    fits = additive.fit(PAIRS, trainings, task_penalties=[0.1, 10.0], metric_penalties=[])
    for fold, one, other in zip(folds, fits, partner_mean.fit(PAIRS, trainings), strict=True):
        assert one.details["seen"]["metric_penalty"] is None
        np.testing.assert_array_equal(one.coefficients, np.zeros(5))
        r = np.corrcoef(one.scores[fold.held_out], other.scores[fold.held_out])[0, 1]
        assert r == pytest.approx(1.0)


def test_metrics_enter_where_they_add_to_task_effects():
    target = TASK_SUM + SIGNAL + NOISE
    folds, trainings, fits = fit_protocol("loto", target)
    alone = within_fold_r(folds, partner_mean.fit(PAIRS, trainings), target)
    assert np.mean(within_fold_r(folds, fits, target)) > 0.95
    assert np.mean(within_fold_r(folds, fits, target)) > np.mean(alone) + 0.02
    for fold, fit in zip(folds, fits, strict=True):
        np.testing.assert_allclose(fit.coefficients, [1, -0.5, 0, 0, 0], atol=0.12)
        effects = fit.details["seen"]["task_effects"]
        assert sorted(effects) == sorted(set(NAMES) - {fold.name})
        assert np.corrcoef(list(effects.values()), [EFFECTS[task] for task in effects])[0, 1] > 0.99


def test_metrics_stay_out_where_they_add_nothing():
    folds, trainings, fits = fit_protocol("loto", TASK_SUM + NOISE)
    without = [fit.details["seen"]["metric_penalty"] is None for fit in fits]
    assert np.mean(without) > 0.8
    loss = np.subtract(
        within_fold_r(folds, partner_mean.fit(PAIRS, trainings), TASK_SUM + NOISE),
        within_fold_r(folds, fits, TASK_SUM + NOISE),
    )
    assert np.mean(loss) < 0.005


def test_pairs_of_unseen_tasks_are_predicted_by_metrics():
    """In level too: the target is offset, and task effects are unknown to every prediction."""
    target = 5.0 + 0.3 * TASK_SUM + SIGNAL + NOISE
    folds, _, fits = fit_protocol("l2to", target)
    predicted = np.array(
        [fit.scores[fold.held_out][0] for fold, fit in zip(folds, fits, strict=True)]
    )
    assert np.corrcoef(predicted, target)[0, 1] > 0.7
    assert np.abs(predicted.mean() - target.mean()) < 0.1
    fold, fit = folds[0], fits[0]
    scaled = METRICS - METRICS[fold.train].min(axis=0)
    scaled = 2 * scaled / np.ptp(METRICS[fold.train], axis=0) - 1
    unseen = fit.details["unseen"]
    expected = unseen["intercept"] + scaled @ np.array(unseen["coefficients"])
    np.testing.assert_allclose(fit.scores[fold.held_out], expected[fold.held_out])


def test_held_out_targets_and_metrics_choose_nothing():
    """Penalties stay the same where everything outside training is replaced by a giveaway."""
    target = TASK_SUM + NOISE
    (fold, *_) = make_folds("loto", TASKS, NAMES)
    giveaway = METRICS.copy()
    giveaway[~fold.train] = target[~fold.train, None]
    training = Training(fold.train, target[fold.train], 0)
    params = resolve_parameters("additive", {})
    details = [
        additive.fit(Pairs(TASKS, PAIRS.single_accuracy, metrics), [training], **params)[0].details
        for metrics in (METRICS, giveaway)
    ]
    assert details[0] == details[1]


def test_details_are_json():
    _, _, fits = fit_protocol("split", TASK_SUM + NOISE)
    assert json.loads(json.dumps(fits[0].details, allow_nan=False)) == fits[0].details


@pytest.mark.parametrize(
    ("errors", "chosen"),
    [
        # Candidates are (task, metric) penalties: strong-strong, strong-weak, weak-strong, weak.
        pytest.param([[[1, -1]] * 4] * 3, 0, id="ties go to the strongest"),
        pytest.param([[[5, 5], [1, -1], [1, -1], [1, -1]]] * 3, 0, id="levels do not count"),
        pytest.param([[[2, -2], [2, -2], [2, -2], [1, -1]]] * 3, 3, id="clearly better"),
        pytest.param([[[3, -3], [2, -2], [2, -2], [2, -2]]] * 3, 2, id="metrics before tasks"),
        pytest.param(
            [[[9, -9], [9, -9], [2, -2], [1, -1]], [[9, -9], [9, -9], [1, -1], [1.5, -1.5]]],
            2,
            id="within one standard error",
        ),
        pytest.param([[[2, -2], [2, -2], [2, -2], [1, -1]]], 3, id="one fold has no spread"),
        pytest.param([], 0, id="nothing to choose by"),
    ],
)
def test_the_strongest_metric_penalty_within_one_standard_error(errors, chosen):
    arrays = [np.array(error, dtype=float) for error in errors]
    assert additive.strongest_within_one_error(arrays, 2, 2) == chosen
