"""Leave-one-task-out splits, and scaling that knows only the training pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mergeability.naming import all_pairs, split_pair
from mergeability.prediction.protocols import loto
from mergeability.prediction.scaling import scale_by_training


def pair_tasks(n_tasks):
    tasks = [f"t{number}" for number in range(n_tasks)]
    return tasks, np.array([split_pair(pair) for pair in all_pairs(tasks)])


@given(st.integers(2, 12))
def test_loto_separates_every_task_from_its_training_pairs(n_tasks):
    tasks, members = pair_tasks(n_tasks)
    folds = loto(members, tasks)
    assert [fold.name for fold in folds] == tasks
    for fold in folds:
        assert (fold.train ^ fold.held_out).all()
        assert fold.held_out.sum() == n_tasks - 1
        assert not (members[fold.train] == fold.name).any()
        assert (members[fold.held_out] == fold.name).any(axis=1).all()
    assert (sum(fold.held_out.astype(int) for fold in folds) == 2).all()


def test_loto_ignores_the_order_within_a_pair():
    tasks, members = pair_tasks(5)
    for fold, swapped in zip(loto(members, tasks), loto(members[:, ::-1], tasks), strict=True):
        assert (fold.train == swapped.train).all()


def test_a_task_without_pairs_has_an_empty_fold():
    _, members = pair_tasks(3)
    (fold,) = loto(members, ["absent"])
    assert fold.train.all()
    assert not fold.held_out.any()


@given(
    arrays(np.float64, (9, 3), elements=st.floats(-1e6, 1e6, allow_subnormal=False)),
    arrays(np.bool_, 9).filter(np.any),
)
def test_training_pairs_span_minus_one_to_one(metrics, train):
    scaled = scale_by_training(metrics, train)
    low, high = scaled[train].min(axis=0), scaled[train].max(axis=0)
    varies = metrics[train].max(axis=0) > metrics[train].min(axis=0)
    np.testing.assert_allclose(low, -1)
    np.testing.assert_allclose(high, np.where(varies, 1, -1))


def test_held_out_pairs_are_scaled_by_the_training_range():
    scaled = scale_by_training(np.array([[0.0], [2.0], [4.0]]), np.array([True, True, False]))
    np.testing.assert_array_equal(scaled[:, 0], [-1, 1, 3])


def test_a_constant_metric_is_divided_by_one():
    scaled = scale_by_training(np.array([[5.0], [5.0], [5.5]]), np.array([True, True, False]))
    np.testing.assert_array_equal(scaled[:, 0], [-1, -1, 0])
