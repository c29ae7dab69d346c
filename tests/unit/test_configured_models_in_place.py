"""Zoos of any architecture in a config: what they stand for, and one line for each mistake."""

from copy import deepcopy
from pathlib import Path

import model_folders as models
import pytest
import yaml
from model_folders import BASE, TUNED

from mergeability.workflow.checks import config_problems
from mergeability.workflow.study import Study

ROOT = Path(__file__).parents[2]
TASKS = ["chat", "code", "law", "maths"]
RUN = {"run": "python evaluate.py {model} {out} {task}", "score": "accuracy"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A config whose models there are."""
    folder = tmp_path_factory.mktemp("models")
    base = models.save_folder(BASE, folder / "base", shards=2)
    checkpoints = {task: {"path": str(models.save_folder(TUNED, folder / task))} for task in TASKS}
    config = yaml.safe_load((ROOT / "config/screening.yaml").read_text())
    config["backbones"] = {"llama": {"source": "weights", "path": str(base)}}
    config["zoos"] = {"chats": {"seed": 0, "backbone": "llama", "checkpoints": checkpoints}}
    return config


@pytest.fixture
def config(written: dict) -> dict:
    """One that a test may change."""
    return deepcopy(written)


def commanded(config: dict) -> dict:
    config["zoos"]["chats"]["commands"] = {task: dict(RUN) for task in TASKS}
    return config


def test_models_are_screened_or_evaluated_by_commands(config) -> None:
    assert config_problems(config) == []
    study = Study(config)
    assert study.zoos_that_are("in_place", "screened") == ["chats"]
    assert study.zoos_that_are("evaluated") == study.zoos_that_are("of_encoders") == []
    assert config_problems(commanded(config)) == []
    study = Study(config)
    assert study.zoos_that_are("in_place", "evaluated", "scored", "has_commands") == ["chats"]
    assert study.zoos_that_are("has_examples") == study.zoos_that_are("screened") == []
    assert "ridge" in study.prediction.predictors_of("chats")


def test_merges_are_asked_for_in_any_order(config) -> None:
    config["zoos"]["chats"]["merges"] = {"ties": ["maths__code", "law__maths__chat"]}
    assert config_problems(config) == []
    assert Study(config).merging.written == [
        "results/chats/merged/ties/chat__law__maths",
        "results/chats/merged/ties/code__maths",
    ]


def test_sets_and_designs_are_those_of_every_evaluated_zoo(config) -> None:
    entry = commanded(config)
    entry["sets"] = {"size": 3, "count": "all", "seed": 0, "predictors": ["ridge"]}
    entry["prediction"]["predictors"]["own"] = {"method": "directional"}
    entry["evaluation"]["pairs"] = {"partners": 2, "predictor": "own"}
    assert config_problems(entry) == []
    study = Study(entry)
    assert study.sets.zoos == study.zoos_that_are("designed") == ["chats"]
    assert len(study.sets.drawn_of("chats")) == 4
    rules = [job.rule for job in study.merging.jobs("by_command", "has_commands")]
    assert rules == ["by_command", "by_command_of_design"]
    assert [job.rule for job in study.merging.jobs("by_images", "has_examples")] == ["by_images"]


def zoo(**changes):
    return lambda c: c["zoos"]["chats"].update(changes)


def checkpoint(**entry):
    return lambda c: c["zoos"]["chats"]["checkpoints"].update(law=entry)


def of_command(**changes):
    return lambda c: commanded(c)["zoos"]["chats"]["commands"]["law"].update(changes)


ZOO = "zoos.chats"
CASES = {
    "a base that is not there": (
        lambda c: c["backbones"]["llama"].update(path="no/such"),
        "backbones.llama.path: there is no file or folder no/such",
    ),
    "a checkpoint that is not there": (
        checkpoint(path="no/such"),
        f"{ZOO}.checkpoints.law.path: there is no file or folder no/such",
    ),
    "a checkpoint of a hub": (
        checkpoint(hub="me/law", file="model.safetensors"),
        f"{ZOO}.checkpoints.law: a model of any architecture is read where it lies; name its",
    ),
    "a checksum": (
        checkpoint(path=str(ROOT), sha256="0" * 64),
        f"{ZOO}.checkpoints.law: a model of any architecture is read where it lies; name its",
    ),
    "a name that is no task": (
        lambda c: c["zoos"]["chats"]["checkpoints"].update(
            {"la w": c["zoos"]["chats"]["checkpoints"]["law"]}
        ),
        f"{ZOO}.checkpoints: task name 'la w'",
    ),
    "images": (
        zoo(dataset="tiny", calibration={"tasks": "all", "samples": 5}),
        f"{ZOO}.calibration: needs a known architecture, which backbones of source 'weights'",
    ),
    "a family that needs images": (
        lambda c: c["metrics"]["families"].append("gradient"),
        "metrics.families: 'gradient' needs images or a known architecture, which zoos.chats",
    ),
    "a family that knows blocks": (
        lambda c: c["metrics"]["families"].append("single_update"),
        "metrics.families: 'single_update' needs images or a known architecture, which zoos.chats",
    ),
    "an unknown merger of merges": (
        zoo(merges={"tiess": ["law__maths"]}),
        f"{ZOO}.merges: unknown 'tiess' (did you mean 'ties'?)",
    ),
    "an unknown task of merges": (
        zoo(merges={"ties": ["law__math"]}),
        f"{ZOO}.merges.ties: unknown 'math' (did you mean 'maths'?)",
    ),
    "a merge of one": (
        zoo(merges={"ties": ["law"]}),
        f"{ZOO}.merges.ties: 'law' is no merge; write two or more different tasks as A__B",
    ),
    "a task twice": (
        zoo(merges={"ties": ["law__law"]}),
        f"{ZOO}.merges.ties: 'law__law' is no merge",
    ),
    "more models than the method takes": (
        lambda c: (
            c["mergers"].update(slerp={"method": "slerp"}),
            zoo(merges={"slerp": ["law__maths__chat"]})(c),
        ),
        f"{ZOO}.merges.slerp: 'slerp' merges 2 models, 'law__maths__chat' names 3",
    ),
    "a merger that needs images": (
        lambda c: commanded(c)["mergers"].update(fisher={"method": "fisher"}),
        "mergers.fisher: 'fisher' needs images, which zoos.chats does not have; leave it out",
    ),
    "a merger that runs an encoder": (
        lambda c: commanded(c)["mergers"].update(mine={"method": "regmean_plus_plus"}),
        "mergers.mine: 'regmean_plus_plus' needs images, which zoos.chats does not have; leave it "
        "out",
    ),
    "a merger that is tuned": (
        lambda c: commanded(c)["mergers"].update(
            ours={"method": "ties", "tune": {"scale": [0.1, 0.2]}}
        ),
        "mergers.ours.tune: needs validation images, which zoos.chats does not have",
    ),
    "a merger that scales layers": (
        lambda c: commanded(c)["mergers"]["ties"].update(layer_scaling=[0.2, 0.8]),
        "mergers.ties.layer_scaling: knows blocks of CLIP only",
    ),
    "a task without a command": (
        lambda c: commanded(c)["zoos"]["chats"]["commands"].pop("law"),
        f"{ZOO}.commands: task 'law' has no command",
    ),
    "a command of an unknown task": (
        lambda c: commanded(c)["zoos"]["chats"]["commands"].update(laws=RUN),
        f"{ZOO}.commands: unknown 'laws' (did you mean 'law'?)",
    ),
    "a command without the model": (
        of_command(run="evaluate {out}"),
        f"{ZOO}.commands.law.run: {{model}} is missing: evaluate {{out}}",
    ),
    "a command without a score": (
        lambda c: commanded(c)["zoos"]["chats"]["commands"]["law"].pop("score"),
        f"{ZOO}.commands.law: 'score' is a required property",
    ),
    "a file of a command that is not there": (
        of_command(files=["no/such.py"]),
        f"{ZOO}.commands.law.files: there is no file no/such.py",
    ),
    "too few to predict": (
        lambda c: (
            commanded(c)["zoos"]["chats"]["commands"].pop("law"),
            c["zoos"]["chats"]["checkpoints"].pop("law"),
        ),
        f"{ZOO}.commands: predicting needs at least 4 checkpoints",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_mistakes_are_named(name, config) -> None:
    change, expected = CASES[name]
    change(config)
    problems = config_problems(config)
    assert problems[0].startswith(expected), problems
    assert all("\n" not in problem for problem in problems)


def test_commands_and_merges_go_with_models_in_place() -> None:
    config = yaml.safe_load((ROOT / "config/screening.yaml").read_text())
    config["zoos"]["candidates"].update(commands={}, merges={})
    said = ["commands", "merges"]
    assert [problem.split(":")[0] for problem in config_problems(config)] == [
        f"zoos.candidates.{key}" for key in said
    ]


def test_nothing_is_fine_tuned_without_an_architecture(written) -> None:
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    config["backbones"]["llama"] = written["backbones"]["llama"]
    (name,) = config["zoos"]
    config["zoos"][name]["backbone"] = "llama"
    assert all("needs a known architecture" in problem for problem in config_problems(config)[:4])
    assert config_problems(config)
