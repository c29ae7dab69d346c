"""Designs: which pairs are merged, when not all are."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergeability.naming import all_pairs, split_pair
from mergeability.prediction.designs import design

NAMES = st.lists(
    st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True), min_size=2, max_size=25, unique=True
)


@given(NAMES, st.integers(1, 12))
def test_each_task_has_so_many_partners(tasks, partners):
    counts = Counter(task for pair in design(tasks, partners) for task in split_pair(pair))
    wanted = min(partners, len(tasks) - 1)
    assert set(counts) == set(tasks)
    assert min(counts.values()) == wanted
    assert max(counts.values()) <= wanted + wanted % 2


@given(NAMES, st.integers(1, 12), st.randoms(use_true_random=False))
def test_order_changes_nothing(tasks, partners, random):
    shuffled = random.sample(tasks, len(tasks))
    assert design(shuffled, partners) == design(tasks, partners)


@given(NAMES, st.integers(0, 12))
def test_more_partners_only_add_pairs(tasks, partners):
    assert set(design(tasks, partners)) <= set(design(tasks, partners + 1)) <= set(all_pairs(tasks))


@given(NAMES, st.integers(1, 5))
def test_one_more_task_adds_pairs_with_itself_alone(tasks, half):
    before, after = (set(design(t, 2 * half)) for t in (tasks, [*tasks, "newcomer"]))
    assert all("newcomer" in split_pair(pair) for pair in after - before)
    assert len(before - after) <= half


@pytest.mark.parametrize(("tasks", "partners", "pairs"), [(20, 2, 20), (20, 4, 40), (100, 4, 200)])
def test_a_design_has_half_as_many_pairs_as_partners(tasks, partners, pairs):
    assert len(design([f"t{i}" for i in range(tasks)], partners)) == pairs


def test_draws_differ():
    tasks = [f"t{i}" for i in range(12)]
    assert len({tuple(design(tasks, 2, str(draw))) for draw in range(10)}) == 10
