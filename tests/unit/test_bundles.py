from math import ceil
from pathlib import Path

import pytest
import yaml

from mergeability.naming import all_pairs
from mergeability.workflow.bundles import bundle_pairs, in_parts
from mergeability.workflow.study import Study

DEFAULT = Path(__file__).parents[2] / "config/config.yaml"


@pytest.mark.parametrize("size", [1, 3, 100])
def test_every_pair_is_in_exactly_one_bundle(size):
    tasks = ["d", "a", "c", "b", "e"]
    bundles = bundle_pairs(tasks, size)
    assert sorted(pair for bundle in bundles for pair in bundle.targets) == all_pairs(tasks)
    assert max(len(bundle.targets) for bundle in bundles) <= size
    assert len({bundle.name for bundle in bundles}) == len(bundles)


def test_small_groups_share_a_bundle_and_large_ones_are_split():
    sizes = [len(bundle.targets) for bundle in bundle_pairs("abcdefgh", 6)]
    assert sizes == [6, 4, 5, 6, 6, 1]  # 1 + 2 + 3, 4, 5, 6, and 7 in two parts


@pytest.mark.parametrize("size", [2, 3, 10, 36])
def test_an_appended_task_changes_no_bundle_of_many_tasks_and_the_last_of_few(size):
    for count in range(2, 24):
        tasks = [f"t{number:02}" for number in range(count)]
        before = bundle_pairs(tasks, size)
        after = bundle_pairs([*tasks, "aa"], size)
        kept = before if count > ceil(size / 2) else before[:-1]
        assert after[: len(kept)] == kept
        new = {pair for bundle in after for pair in bundle.targets} - set(all_pairs(tasks))
        assert all("aa" in pair for pair in new)


def test_an_appended_task_changes_only_a_bundle_that_is_not_full():
    tasks = list("abcdefgh")
    assert in_parts("tasks", [*tasks, "i"], 4)[:2] == in_parts("tasks", tasks, 4)
    assert in_parts("tasks", [*tasks, "i"], 5)[:1] == in_parts("tasks", tasks, 5)[:1]
    assert in_parts("tasks", tasks, 5)[1].targets == tuple("fgh")


def test_every_task_is_in_one_job_of_its_zoo_and_candidates_of_other_tasks_too():
    config = yaml.safe_load(DEFAULT.read_text())
    config["targets_per_job"] = {"tasks": 6}
    zoo = config["zoos"]["tiny"]
    left_out = zoo["tasks"].pop(3)
    recommendation = {"learn_from": "tiny", "predictor": "ridge", "data": True}
    candidates = {name: {"path": f"{name}.safetensors"} for name in (left_out, zoo["tasks"][0])}
    config["recommendations"] = {"mine": {**recommendation, "candidates": candidates}}
    jobs = Study(config).jobs_of_tasks("build_head", "evaluated")
    made = [task for job in jobs for task in job.targets]
    assert made == [*zoo["tasks"], left_out]
    assert len({job.rule for job in jobs}) == len(jobs) == 5
