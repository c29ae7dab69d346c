import pytest
from mergeability.naming import all_pairs
from mergeability.plan import bundle_pairs


@pytest.mark.parametrize("size", [1, 3, 100])
def test_every_pair_is_in_exactly_one_bundle(size):
    tasks = ["d", "a", "c", "b", "e"]
    bundles = bundle_pairs(tasks, size)
    assert sorted(pair for bundle in bundles for pair in bundle.pairs) == all_pairs(tasks)
    assert max(len(bundle.pairs) for bundle in bundles) <= size
    assert len({bundle.name for bundle in bundles}) == len(bundles)


def test_an_appended_task_leaves_all_bundles_as_they_are():
    tasks = ["d", "a", "c", "b"]
    before = bundle_pairs(tasks, 2)
    after = bundle_pairs([*tasks, "aa"], 2)
    assert after[: len(before)] == before
    assert all("aa" in pair for bundle in after[len(before) :] for pair in bundle.pairs)
