"""Which sets are drawn, what they are called, and which jobs evaluate them."""

from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergeability.naming import pair_name
from mergeability.sets.names import set_name, split_set
from mergeability.sets.sampling import sample_sets, subsets
from mergeability.workflow.bundles import bundle_sets

TASKS = tuple("abcdefghij")


def test_a_set_has_one_name_and_a_pair_the_name_it_always_had():
    assert set_name(["c", "a", "b"]) == "a__b__c"
    assert split_set("a__b__c") == ("a", "b", "c")
    assert set_name(["b", "a"]) == pair_name("a", "b")


@pytest.mark.parametrize("tasks", [[], ["a"], ["a", "b", "a"]])
def test_no_set_has_less_than_two_tasks_or_one_twice(tasks):
    with pytest.raises(ValueError, match="two different tasks"):
        set_name(tasks)


@settings(deadline=None)
@given(st.permutations(TASKS), st.integers(1, 120))
def test_neither_order_nor_count_changes_which_sets_come_first(tasks, count):
    assert sample_sets(tuple(tasks), 3, count, 0) == sample_sets(TASKS, 3, None, 0)[:count]


def test_all_sets_are_drawn_once():
    drawn = sample_sets(TASKS, 4, None, 0)
    assert sorted(drawn) == sorted(map(set_name, combinations(TASKS, 4)))


def test_the_seed_changes_the_draw():
    assert sample_sets(TASKS, 3, 10, 0) != sample_sets(TASKS, 3, 10, 1)


def test_a_new_task_brings_only_sets_that_hold_it():
    before = sample_sets(TASKS, 3, 40, 0)
    after = sample_sets((*TASKS, "new"), 3, 40, 0)
    assert all("new" in split_set(name) for name in set(after) - set(before))
    kept = [name for name in after if name in before]
    assert kept == list(before[: len(kept)])
    assert len(kept) > 20


def test_too_many_candidates_and_too_few_sets_are_errors():
    tasks = tuple(f"t{number:03d}" for number in range(100))
    with pytest.raises(ValueError, match=f"{comb(100, 5)} sets of 5 of 100 tasks are too many"):
        sample_sets(tasks, 5, 10, 0)
    with pytest.raises(ValueError, match="there are 120 sets of 3 of 10 tasks"):
        sample_sets(TASKS, 3, 121, 0)
    with pytest.raises(ValueError, match="there are 0 sets of 11 of 10 tasks"):
        sample_sets(TASKS, 11, None, 0)


def test_parts_of_a_set_are_smaller_sets_within_it():
    assert subsets("a__b__c") == []
    assert subsets("a__b__c__d") == ["a__b__c", "a__b__d", "a__c__d", "b__c__d"]
    assert len(subsets("a__b__c__d__e")) == comb(5, 3) + comb(5, 4)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_every_set_is_in_exactly_one_bundle(size):
    drawn = sample_sets(TASKS, 3, 60, 0)
    bundles = bundle_sets(drawn, TASKS, size)
    assert sorted(name for bundle in bundles for name in bundle.targets) == sorted(drawn)
    assert max(len(bundle.targets) for bundle in bundles) <= size
    assert len({bundle.name for bundle in bundles}) == len(bundles)


def test_an_appended_task_adds_bundles_and_takes_sets_only_from_the_end_of_others():
    longer = (*TASKS, "new")
    before = {b.name: b.targets for b in bundle_sets(sample_sets(TASKS, 3, 60, 0), TASKS, 5)}
    after = {b.name: b.targets for b in bundle_sets(sample_sets(longer, 3, 60, 0), longer, 5)}
    for name, pairs in after.items():
        if not name.startswith("new_"):
            assert pairs == before[name][: len(pairs)]


def test_more_sets_leave_full_bundles_as_they_are():
    fewer = bundle_sets(sample_sets(TASKS, 3, 40, 0), TASKS, 5)
    more = {b.name: b.targets for b in bundle_sets(sample_sets(TASKS, 3, 80, 0), TASKS, 5)}
    for bundle in fewer:
        assert more[bundle.name][: len(bundle.targets)] == bundle.targets
