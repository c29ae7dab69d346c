"""Parameters that are chosen on validation images, and the configs that ask for it."""

import json
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import yaml
from small_training import ARCHITECTURE, colour_data, colour_head, pretrained_weights, train

from mergeability.backbones.architecture import state_arrays
from mergeability.backbones.encoder import Encoder, read_models, to_device
from mergeability.datasets.splits import Split, write_split
from mergeability.evaluation import evaluate_encoder
from mergeability.files import read_tensors, write_json, write_tensors
from mergeability.mergers import merge_checkpoints
from mergeability.tuning import search
from mergeability.tuning.parameters import choose
from mergeability.tuning.search import tune_merger, tuned_settings
from mergeability.workflow import paths
from mergeability.workflow.bundles import Job
from mergeability.workflow.checks import config_problems
from mergeability.workflow.merging import TESTS
from mergeability.workflow.study import Study

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
ONE_TASK = Job("rule", "tiny", "{task}", ("{task}",))
ONE_PAIR = Job("rule", "tiny", "{pair}", ("{pair}",))
SCALES = [0.8, 0.2, 0.5]


class Wildcards(dict):
    """As Snakemake hands them over: names as attributes and as items."""

    __getattr__ = dict.__getitem__


def tuned_config():
    config = deepcopy(DEFAULT)
    config["zoos"]["tiny"]["validation"] = {"samples": 50, "pairs": 30}
    config["mergers"]["tuned"] = {"method": "ties", "keep": 0.2, "tune": {"scale": SCALES}}
    return config


# The choice.


def test_the_best_candidate_is_chosen_and_of_equals_the_smallest():
    assert choose({0.1: 0.5, 0.2: 0.9, 0.3: 0.8}) == 0.2
    assert choose({0.3: 0.9, 0.1: 0.5, 0.2: 0.9}) == 0.2


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    """A backbone and two checkpoints of colours, the labels of the second task shifted by one."""
    folder = tmp_path_factory.mktemp("zoo")
    images, labels = colour_data()
    write_json(folder / "architecture.json", ARCHITECTURE)
    write_tensors(folder / "pretrained.safetensors", pretrained_weights())
    files = {name: {} for name in ("checkpoints", "heads", "validation", "statistics")}
    for task, shift in {"a": 0, "b": 1}.items():
        data = images[:64], (labels[:64] + shift) % 3
        paths = {name: folder / f"{name}_{task}.safetensors" for name in files}
        write_tensors(paths["checkpoints"], state_arrays(train(data, samples_seen=320)))
        write_tensors(paths["heads"], {"weight": colour_head().numpy()})
        write_split(paths["validation"], images[64:], (labels[64:] + shift) % 3)
        for name in ("checkpoints", "heads", "validation"):
            files[name][task] = paths[name]
    return folder, files


def tune(zoo, candidates, method="task_arithmetic", parameter="scale"):
    folder, files = zoo
    encoder = Encoder(folder / "architecture.json", "cpu")
    pretrained = to_device(read_tensors(folder / "pretrained.safetensors"), "cpu")
    merging = {
        "method": method, "parameters": {"tune": {parameter: candidates}}, "seed": 0
    }  # fmt: skip
    return encoder, pretrained, tune_merger(
        encoder, pretrained, files, ["a__b"], "mine", merging, 32
    )  # fmt: skip


def test_accuracies_are_those_of_merges_on_validation_images(zoo):
    encoder, pretrained, tuning = tune(zoo, SCALES)
    assert [entry["value"] for entry in tuning["accuracies"]] == sorted(SCALES)
    checkpoints = read_models(zoo[1]["checkpoints"], ["a", "b"], "cpu")
    images, labels = colour_data()

    def accuracy(weights, shift):
        held_out = Split(images[64:], (labels[64:] + shift) % 3)
        return evaluate_encoder(encoder.load(weights), colour_head(), held_out, 32).accuracy

    for entry in tuning["accuracies"]:
        merged = merge_checkpoints(
            pretrained, checkpoints, "task_arithmetic", {"scale": entry["value"]}, "mine", 0
        )
        kept = [accuracy(merged, s) / accuracy(checkpoints[t], s) for t, s in (("a", 0), ("b", 1))]
        assert entry["normalized_accuracy"] == pytest.approx(np.mean(kept))
    assert tuning["chosen"] == choose(
        {e["value"]: e["normalized_accuracy"] for e in tuning["accuracies"]}
    )


@pytest.mark.parametrize(
    ("method", "parameter", "merges"),
    [("ties", "scale", 1), ("ties", "keep", 3), ("tsv", "scale", 1)],
)
def test_a_pair_is_merged_once_where_the_update_can_be_rescaled(
    zoo, monkeypatch, method, parameter, merges
):
    counted = []
    monkeypatch.setattr(
        search, "merge_checkpoints", lambda *a, **k: counted.append(k) or merge_checkpoints(*a, **k)
    )
    once = tune(zoo, SCALES, method, parameter)[2]
    assert len(counted) == merges
    monkeypatch.setattr(search.MERGERS.__class__, "constant", lambda *_: None)
    assert tune(zoo, SCALES, method, parameter)[2] == once
    assert len(counted) == merges + len(SCALES)


def test_the_order_of_candidates_does_not_matter(zoo):
    assert tune(zoo, SCALES)[2] == tune(zoo, sorted(SCALES))[2]


def test_a_merge_takes_the_value_that_was_chosen(tmp_path):
    merging = {"method": "ties", "parameters": {"keep": 0.2, "tune": {"scale": SCALES}}, "seed": 0}
    write_json(tmp_path / "tuning.json", {"chosen": 0.5})
    settings = tuned_settings(merging, tmp_path / "tuning.json")
    assert settings == {"method": "ties", "parameters": {"keep": 0.2, "scale": 0.5}, "seed": 0}
    fixed = {"method": "ties", "parameters": {"keep": 0.2}, "seed": 0}
    assert tuned_settings(fixed, None) == fixed


# What rules are told.


def test_only_zoos_that_ask_for_it_keep_samples_back():
    wildcards = Wildcards(zoo="tiny", task="greek")
    assert Study(deepcopy(DEFAULT)).data.validation(ONE_TASK)(wildcards) == {}
    file = "results/tiny/validation/greek.safetensors"
    assert Study(tuned_config()).data.validation(ONE_TASK)(wildcards) == {"validation": [file]}


def test_only_tuned_mergers_wait_for_tuning():
    plain, tuned = Study(deepcopy(DEFAULT)), Study(tuned_config())

    def tested(study):
        return study.merging.inputs(ONE_PAIR, TESTS)

    pair = {"zoo": "tiny", "pair": "count__greek"}
    for merger in plain.mergers:
        wildcards = Wildcards(pair, merger=merger)
        assert tuned.merging.merge_inputs(wildcards) == plain.merging.merge_inputs(wildcards)
        assert tested(tuned)(wildcards) == tested(plain)(wildcards)
        assert tuned.merging.settings(wildcards) == plain.merging.settings(wildcards)
    wildcards = Wildcards(pair, merger="tuned")
    assert tuned.merging.merge_inputs(wildcards)["tuning"] == "results/tiny/tuning/tuned.json"
    assert "tuning" in tested(tuned)(wildcards)
    assert "tuning" not in tuned.merging.tuning_inputs(wildcards)


def test_pairs_to_tune_on_follow_from_names():
    config = tuned_config()
    study = Study(config)
    wildcards = Wildcards(zoo="tiny", merger="tuned")
    pairs = study.merging.tuning_pairs(wildcards)
    assert len(pairs) == len(set(pairs)) == 30
    config["zoos"]["tiny"]["tasks"].reverse()
    assert study.merging.tuning_pairs(wildcards) == pairs
    config["zoos"]["tiny"]["validation"]["pairs"] = 40
    assert set(pairs) < set(study.merging.tuning_pairs(wildcards))
    config["zoos"]["tiny"]["validation"].pop("pairs")
    assert len(study.merging.tuning_pairs(wildcards)) == 190


def test_a_new_task_replaces_few_pairs():
    config = tuned_config()
    left_out = config["zoos"]["tiny"]["tasks"].pop()
    wildcards = Wildcards(zoo="tiny", merger="tuned")
    before = set(Study(config).merging.tuning_pairs(wildcards))
    config["zoos"]["tiny"]["tasks"].append(left_out)
    added = set(Study(config).merging.tuning_pairs(wildcards)) - before
    assert all(left_out in pair.split("__") for pair in added)


def test_tuned_files_are_targets():
    files = Study(tuned_config()).merging.evaluation_files
    assert "results/tiny/tuning/tuned.json" in files
    assert len([file for file in files if "/evaluations/" not in file]) == 21
    plain = Study(deepcopy(DEFAULT)).merging.evaluation_files
    assert all("/evaluations/" in file for file in plain)


def test_statistics_of_both_kinds_are_timed_with_their_mergers():
    config = tuned_config()
    config["mergers"] |= {"fisher": {"method": "fisher"}, "regmean": {"method": "regmean"}}
    study = Study(config)
    inputs = study.merging.timed_inputs(Wildcards(zoo="tiny"))
    assert study.merging.statistics_kinds == ["fisher", "gram"]
    assert inputs["gram"] == [
        paths.STATISTICS.format(zoo="tiny", kind="gram", task=task)
        for task in ("armenian", "arrows")
    ]
    assert "calibration" not in inputs
    study.config["mergers"]["mine"] = {"method": "adamerging"}
    inputs = study.merging.timed_inputs(Wildcards(zoo="tiny"))
    assert study.merging.statistics_kinds == ["examples", "fisher", "gram"]
    assert inputs["calibration"] == [
        paths.CALIBRATION.format(zoo="tiny", task=task) for task in ("armenian", "arrows")
    ]
    assert "examples" not in inputs
    assert study.merging.timed["tuned"] == {"method": "ties", "parameters": {"keep": 0.2}}
    json.dumps(study.merging.timed)


# Mistakes.


def problems_after(change):
    config = tuned_config()
    change(config)
    return config_problems(config)


def test_a_tuned_config_is_valid():
    assert problems_after(lambda _: None) == []


def set_tune(**candidates):
    return lambda c: c["mergers"]["tuned"].update(tune=candidates)


def tune_instead(name, values):
    """Tune a parameter that was given."""

    def change(config):
        del config["mergers"]["tuned"][name]
        config["mergers"]["tuned"]["tune"] = {name: values}

    return change


MISTAKES = {
    "unknown parameter": (
        set_tune(scle=SCALES),
        "mergers.tuned.tune: unknown 'scle' (did you mean 'scale'?); allowed: keep, ",
    ),
    "out of range": (
        tune_instead("keep", [0.5, 1.5]),
        "mergers.tuned.tune.keep: 1.5 is not allowed; expected a number between 0 and 1",
    ),
    "not a number": (
        set_tune(scale=["big", 1]),
        "mergers.tuned.tune.scale.0: 'big' is not of type 'number'",
    ),
    "parameter that takes no number": (
        set_tune(scope=[0, 1]),
        "mergers.tuned.tune.scope: 0 is not allowed; allowed: 'tensor', 'global'",
    ),
    "one candidate": (set_tune(scale=[1]), "mergers.tuned.tune.scale: [1] is too short"),
    "two parameters": (
        set_tune(scale=SCALES, keep=[0.1, 0.2]),
        "mergers.tuned.tune: ",
    ),
    "given and tuned": (
        lambda c: c["mergers"]["tuned"].update(scale=0.3),
        "mergers.tuned: 'scale' is given and tuned; keep one of the two",
    ),
    "no validation samples": (
        lambda c: c["zoos"]["tiny"].pop("validation"),
        "zoos.tiny.validation: merger 'tuned' is tuned, which takes validation samples; give",
    ),
    "unknown method": (
        lambda c: c["mergers"]["tuned"].update(method="tiess"),
        "mergers.tuned.method: unknown 'tiess' (did you mean 'ties'?)",
    ),
    "no sample": (
        lambda c: c["zoos"]["tiny"]["validation"].update(samples=0),
        "zoos.tiny.validation.samples: 0 is less than the minimum of 1",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name):
    change, expected = MISTAKES[name]
    problems = problems_after(change)
    assert problems, name
    assert problems[0].startswith(expected), problems
    assert len({problem.split(": ")[0] for problem in problems}) == 1, problems
