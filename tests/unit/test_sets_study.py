"""What rules are told of sets, and which mistakes in a config are named."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from mergeability.sets.names import split_set
from mergeability.workflow import paths
from mergeability.workflow.checks import config_problems
from mergeability.workflow.study import Study

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
ENTRY = {"size": 5, "count": 30, "seed": 0, "predictors": ["ridge"], "decisions": 2}


class Wildcards(dict):
    """As Snakemake hands them over: names as attributes and as items."""

    __getattr__ = dict.__getitem__


def config(**changes):
    return deepcopy(DEFAULT) | {"sets": ENTRY | changes}


def test_a_config_without_sets_asks_for_none():
    study = Study(deepcopy(DEFAULT))
    assert study.sets.zoos == []
    assert study.sets.files == study.sets.jobs("evaluate_set", "has_examples") == []
    assert study.sets.shown("tiny") == []


def test_every_set_is_merged_by_every_merger_that_takes_so_many():
    study = Study(config())
    study.config["mergers"]["slerp"] = {"method": "slerp"}
    study = Study(study.config)
    assert "slerp" in study.mergers
    assert "slerp" not in study.sets.mergers
    files = study.sets.evaluations_of("tiny")
    n_sets = 30 + len(study.sets.parts_of("tiny"))
    assert len(files) == len(set(files)) == n_sets * len(study.sets.mergers)
    assert not [file for file in files if "slerp" in file]


def test_jobs_make_exactly_the_evaluations_that_are_asked_for():
    study = Study(config())
    made = [
        paths.SET_EVALUATION.format(zoo="tiny", merger=merger, set=name)
        for job in study.sets.jobs("evaluate_set", "has_examples")
        for name in job.targets
        for merger in study.sets.mergers
    ]
    assert sorted(made) == sorted(study.sets.evaluations_of("tiny"))
    assert len({job.rule for job in study.sets.jobs("evaluate_set", "has_examples")}) == len(
        study.sets.jobs("evaluate_set", "has_examples")
    )


def test_a_job_of_one_set_takes_its_tasks_and_a_bundle_all_up_to_its_last():
    study = Study(config())
    one = study.sets.inputs(["{set}"])
    wildcards = Wildcards(zoo="tiny", merger="ties", set="arrows__faces__shapes")
    assert [Path(f).stem for f in one(wildcards)["checkpoints"]] == ["arrows", "faces", "shapes"]
    job = study.sets.jobs("evaluate_set", "has_examples")[0]
    data = study.sets.inputs(job.targets)(Wildcards(zoo="tiny", merger="ties"))
    taken = {Path(file).stem for file in data["checkpoints"]}
    listed = study.zoos["tiny"].listed_tasks
    assert taken == set(listed[: len(taken)])
    assert {task for name in job.targets for task in split_set(name)} <= taken
    assert [Path(f).stem for f in data["singles"]] == sorted(taken)
    for name, pattern in (("checkpoints", paths.CHECKPOINT), ("heads", paths.HEAD)):
        assert data[name] == study.files(pattern, "tiny", task=sorted(taken))


def test_one_merge_per_job_needs_one_rule():
    entry = config()
    del entry["targets_per_job"]
    (job,) = Study(entry).sets.jobs("evaluate_set", "has_examples")
    assert (job.rule, job.targets) == ("evaluate_set", ("{set}",))


def test_decisions_are_shown_only_where_they_are_asked_for():
    without = config()
    del without["sets"]["decisions"]
    study = Study(without)
    assert study.sets.parts_of("tiny") == []
    assert not [file for file in study.sets.shown("tiny") if "regrets" in file]
    assert [file for file in Study(config()).sets.shown("tiny") if "regrets" in file]


CASES = {
    "too small": ({"size": 2}, "sets.size: 2 is less than the minimum of 3"),
    "count": ({"count": "most"}, "sets.count: 'all' was expected"),
    "too few tasks": ({"size": 21}, "sets: in zoo tiny, there are 0 sets of 21 of 20 tasks"),
    "too many candidates": ({"size": 12}, None),
    "too many": ({"count": 15505}, "sets: in zoo tiny, there are 15504 sets of 5 of 20 tasks"),
    "decisions": ({"decisions": 31}, "sets.decisions: 31 is more than the 30 sets drawn"),
    "scores of their own": (
        {"predictors": ["pearson_l1"]},
        "sets.predictors: unknown 'pearson_l1'; allowed: ",
    ),
    "unknown predictor": (
        {"predictors": ["rigde"]},
        "sets.predictors: unknown 'rigde' (did you mean 'ridge'?); allowed: ",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_mistake_about_sets_is_one_line(name):
    change, expected = CASES[name]
    found = config_problems(config(**change))
    if expected is None:
        assert found == []
        return
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_sets_without_a_merger_for_them_or_without_images_are_named():
    of_two = config()
    of_two["mergers"] = {"slerp": {"method": "slerp"}}
    (problem,) = config_problems(of_two)
    assert problem.startswith("sets: no entry of mergers takes more than two models")
    measured = yaml.safe_load((ROOT / "config/published.yaml").read_text())
    entry = ENTRY | {"predictors": []}
    assert Study({**measured, "sets": entry}).sets.zoos == []
