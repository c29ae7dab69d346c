"""Mergers that are tuned on validation images, in a miniature zoo."""

import pytest
from jobs import checkpoints, merges, pairs_of, preparations, singles
from workspace import TASKS, Workspace, miniature_config

from mergeability.files import read_json, read_metadata

pytestmark = pytest.mark.slow

PAIR = "arrows__shapes"
SAMPLES = {f"Drawing validation samples of {task}" for task in TASKS}


def tuned_config():
    config = miniature_config()
    config["zoos"]["mini"]["validation"] = {"samples": 40, "pairs": 3}
    ties = config["mergers"]["ties"]
    tuned = {"method": "ties", "keep": 0.2, "tune": {"scale": [0.4, 0.8]}}
    config["mergers"] = {"ties": ties, "ties_tuned": tuned}
    return config


def evaluations(*mergers):
    return [f"results/mini/evaluations/{m}/{p}.json" for m in mergers for p in pairs_of(TASKS)]


@pytest.fixture(scope="module")
def validated(tmp_path_factory):
    workspace = Workspace.create(tmp_path_factory.mktemp("validated"), tuned_config())
    workspace.run(
        *evaluations("ties", "ties_tuned"), f"results/mini/merged/ties_tuned/{PAIR}.safetensors"
    )
    return workspace


def test_tuning_comes_between_checkpoints_and_merges(tmp_path):
    workspace = Workspace.create(tmp_path / "empty", tuned_config())
    built = preparations(TASKS) | checkpoints() | singles() | {"Pretraining backbone tiny_clip"}
    plain = built | SAMPLES | merges(["ties"])
    assert workspace.planned(*evaluations("ties")) == plain
    tuned = built | SAMPLES | merges(["ties_tuned"]) | {"Tuning ties_tuned on zoo mini"}
    assert workspace.planned(*evaluations("ties_tuned")) == tuned


def test_merges_take_the_value_that_was_chosen(validated):
    tuning = read_json(validated / "results/mini/tuning/ties_tuned.json")
    assert tuning["chosen"] in (0.4, 0.8)
    assert tuning["n_pairs"] == 3
    merged = read_metadata(validated / f"results/mini/merged/ties_tuned/{PAIR}.safetensors")
    assert merged["parameters"] == {"keep": 0.2, "scale": tuning["chosen"]}


def test_another_tuned_merger_is_tuned_and_evaluated_and_nothing_else(validated, tmp_path):
    workspace = validated.copy(tmp_path / "copy")
    workspace.config["mergers"]["mine"] = {"method": "emr", "tune": {"scale": [0.5, 1.0]}}
    workspace.write_config()
    planned = workspace.planned(*evaluations("ties", "ties_tuned", "mine"))
    assert planned == {"Tuning mine on zoo mini"} | merges(["mine"])


def test_other_candidates_tune_and_evaluate_that_merger_again(validated, tmp_path):
    workspace = validated.copy(tmp_path / "copy")
    workspace.config["mergers"]["ties_tuned"]["tune"]["scale"] = [0.4, 0.6, 0.8]
    workspace.write_config()
    planned = workspace.planned(*evaluations("ties", "ties_tuned"))
    assert planned == {"Tuning ties_tuned on zoo mini"} | merges(["ties_tuned"])
