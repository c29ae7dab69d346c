"""Task effects where they are known, metrics otherwise, for pairs of two, one and no seen tasks."""

import numpy as np
import pytest
from test_additive import NAMES, NOISE, TASK_SUM, TASKS

from mergeability.prediction.predictors import additive, mixed
from mergeability.prediction.problem import Pairs, Training
from mergeability.prediction.protocols import make_folds
from mergeability.prediction.registry import resolve_parameters

pytestmark = pytest.mark.filterwarnings("error")

# A metric of single models, which tells much of a task's effect, and one of the pair.
GENERATOR = np.random.default_rng(1)
OF_TASK = dict(zip(NAMES, 0.3 * GENERATOR.normal(size=len(NAMES)), strict=True))
OF_PAIR = GENERATOR.normal(size=len(TASKS))
SINGLE = TASK_SUM + np.array([OF_TASK[a] + OF_TASK[b] for a, b in TASKS])
TARGET = 5.0 + TASK_SUM + 0.3 * OF_PAIR + NOISE
PAIRS = Pairs(TASKS, np.ones((len(TASKS), 2)), np.column_stack([SINGLE, OF_PAIR]))


def held_out_error(module, protocol, pairs=PAIRS):
    """Root mean square over all held-out pairs."""
    folds = make_folds(protocol, TASKS, NAMES)
    trainings = [Training(fold.train, TARGET[fold.train], 0) for fold in folds]
    name = module.__name__.rpartition(".")[2]
    fits = module.fit(pairs, trainings, **resolve_parameters(name, {}))
    errors = [(fit.scores - TARGET)[fold.held_out] for fold, fit in zip(folds, fits, strict=True)]
    return float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))


def test_metrics_tell_the_level_of_a_task_never_seen():
    one_unseen = held_out_error(mixed, "loto")
    assert one_unseen < 0.75 * held_out_error(additive, "loto")
    assert one_unseen < held_out_error(mixed, "l2to") < 0.8


def test_without_metrics_only_the_level_of_seen_tasks_is_known():
    empty = Pairs(TASKS, PAIRS.single_accuracy, np.zeros((len(TASKS), 1)))
    assert held_out_error(mixed, "loto", empty) > 2 * held_out_error(mixed, "loto")


def test_pairs_of_two_seen_tasks_are_predicted_best():
    """Held out: single pairs of seen tasks, and pairs with one or two of four unseen tasks."""
    squares: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for start in range(0, len(NAMES) - 3, 2):
        unseen = np.isin(TASKS, NAMES[start : start + 4]).sum(axis=1)
        rows = (unseen == 0) & (np.arange(len(TASKS)) % 4 > 0)
        training = Training(rows, TARGET[rows], 0)
        (fit,) = mixed.fit(PAIRS, [training], **resolve_parameters("mixed", {}))
        for count in squares:
            errors = (fit.scores - TARGET)[~rows & (unseen == count)]
            squares[count] += (errors**2).tolist()
        assert len(fit.details["seen"]["task_effects"]) == len(NAMES) - 4
    both, *others = (np.mean(listed) for listed in squares.values())
    assert both < 0.7 * min(others)


def test_pairs_of_unseen_tasks_are_predicted_as_by_additive():
    folds = make_folds("l2to", TASKS, NAMES)[:3]
    trainings = [Training(fold.train, TARGET[fold.train], 0) for fold in folds]
    params = resolve_parameters("mixed", {})
    fits = [module.fit(PAIRS, trainings, **params) for module in (mixed, additive)]
    for fold, one, other in zip(folds, *fits, strict=True):
        np.testing.assert_array_equal(one.scores[fold.held_out], other.scores[fold.held_out])
