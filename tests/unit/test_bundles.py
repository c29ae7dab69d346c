from math import ceil

import pytest

from mergeability.naming import all_pairs
from mergeability.workflow.bundles import bundle_pairs


@pytest.mark.parametrize("size", [1, 3, 100])
def test_every_pair_is_in_exactly_one_bundle(size):
    tasks = ["d", "a", "c", "b", "e"]
    bundles = bundle_pairs(tasks, size)
    assert sorted(pair for bundle in bundles for pair in bundle.pairs) == all_pairs(tasks)
    assert max(len(bundle.pairs) for bundle in bundles) <= size
    assert len({bundle.name for bundle in bundles}) == len(bundles)


def test_small_groups_share_a_bundle_and_large_ones_are_split():
    sizes = [len(bundle.pairs) for bundle in bundle_pairs("abcdefgh", 6)]
    assert sizes == [6, 4, 5, 6, 6, 1]  # 1 + 2 + 3, 4, 5, 6, and 7 in two parts


@pytest.mark.parametrize("size", [2, 3, 10, 36])
def test_an_appended_task_changes_no_bundle_of_many_tasks_and_the_last_of_few(size):
    for count in range(2, 24):
        tasks = [f"t{number:02}" for number in range(count)]
        before = bundle_pairs(tasks, size)
        after = bundle_pairs([*tasks, "aa"], size)
        kept = before if count > ceil(size / 2) else before[:-1]
        assert after[: len(kept)] == kept
        new = {pair for bundle in after for pair in bundle.pairs} - set(all_pairs(tasks))
        assert all("aa" in pair for pair in new)
