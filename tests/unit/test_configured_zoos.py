"""Mistakes in zoos of real backbones, hubs and imported checkpoints: one line each."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from mergeability.workflow.checks import config_problems

ROOT = Path(__file__).parents[2]


def shipped(name):
    return yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())


def change_recipe(zoo, **changes):
    """Of this zoo alone: in YAML, several may share one."""
    zoo["finetuning"] = {**zoo["finetuning"], **changes}


BACKBONE = "backbones.vit_b_16"
MAIN, IMPORTED, SCREENED, TEXTS = "vit_b_16", "fusionbench_b_16", "screening", "text_minilm"
CASES = {
    "texts for a backbone of images": (
        TEXTS,
        lambda c: c["backbones"].update(minilm={"source": "shipped", "model": "tiny_clip"}),
        "zoos.texts.dataset: its examples are texts, but backbone minilm reads images; name",
    ),
    "texts that are shifted": (
        TEXTS,
        lambda c: change_recipe(c["zoos"]["texts"], max_shift=2),
        "zoos.texts.finetuning.max_shift: texts cannot be shifted; set it to 0",
    ),
    "an unknown task of texts": (
        TEXTS,
        lambda c: c["zoos"]["texts"].update(tasks=["bird", *c["zoos"]["texts"]["tasks"]]),
        "zoos.texts.tasks: unknown 'bird' (did you mean 'birds'?)",
    ),
    "epochs that no task of texts states": (
        TEXTS,
        lambda c: change_recipe(c["zoos"]["texts"], epochs="task"),
        "zoos.texts.finetuning.epochs: tasks of source packages state none; give a number",
    ),
    "an unknown sentence encoder": (
        TEXTS,
        lambda c: c["backbones"]["minilm"].update(model="all-MiniLM-L12-v2"),
        "backbones.minilm.model: unknown 'all-MiniLM-L12-v2' (did you mean 'all-MiniLM-L6-v2'?)",
    ),
    "heads that do not divide the width": (
        TEXTS,
        lambda c: c["backbones"].update(
            minilm={
                "source": "random",
                "seed": 0,
                "width": 30,
                "layers": 2,
                "heads": 4,
                "context_length": 16,
                "temperature": 10,
            }
        ),
        "backbones.minilm.width: 30 cannot be divided by 4 heads",
    ),
    "unknown model": (
        MAIN,
        lambda c: c["backbones"]["vit_b_16"].update(model="ViT-B-16-quickgelo"),
        f"{BACKBONE}.model: unknown 'ViT-B-16-quickgelo' (did you mean 'ViT-B-16-quickgelu'?)",
    ),
    "weights from nowhere": (
        MAIN,
        lambda c: c["backbones"]["vit_b_16"].update(weights={"sha256": "0" * 64}),
        f"{BACKBONE}.weights: name either a local file or folder (path) or a repository on a hub",
    ),
    "weights from two places": (
        MAIN,
        lambda c: c["backbones"]["vit_b_16"]["weights"].update(path="weights.pt"),
        f"{BACKBONE}.weights: name either a local file or folder (path) or a repository on a hub",
    ),
    "a repository without a file": (
        MAIN,
        lambda c: c["backbones"]["vit_b_16"]["weights"].pop("file"),
        f"{BACKBONE}.weights.file: which file of the repository timm/",
    ),
    "a local file that is not there": (
        SCREENED,
        lambda c: c["zoos"]["candidates"]["checkpoints"].update(mine={"path": "no/such.pt"}),
        "zoos.candidates.checkpoints.mine.path: there is no file or folder no/such.pt",
    ),
    "a checksum of a folder": (
        SCREENED,
        lambda c: c["zoos"]["candidates"]["checkpoints"].update(
            mine={"path": str(Path(__file__).parent), "sha256": "0" * 64}
        ),
        "zoos.candidates.checkpoints.mine.sha256: is that of a file, ",
    ),
    "a revision of a local file": (
        SCREENED,
        lambda c: c["zoos"]["candidates"]["checkpoints"].update(
            mine={"path": __file__, "revision": "main"}
        ),
        "zoos.candidates.checkpoints.mine: revision goes with hub, not with path",
    ),
    "a checksum of another kind": (
        SCREENED,
        lambda c: c["zoos"]["candidates"]["checkpoints"]["DTD"].update(sha256="abc"),
        "zoos.candidates.checkpoints.DTD.sha256: ",
    ),
    "a checksum in upper case": (
        SCREENED,
        lambda c: c["zoos"]["candidates"]["checkpoints"]["DTD"].update(sha256="AB" * 32),
        f"zoos.candidates.checkpoints.DTD.sha256: checksum '{'AB' * 32}' is not allowed; use the ",
    ),
    "a repository without an owner": (
        SCREENED,
        lambda c: c["zoos"]["candidates"]["checkpoints"]["DTD"].update(hub="gpt2"),
        "zoos.candidates.checkpoints.DTD.hub: repository 'gpt2' is not allowed; use owner/name",
    ),
    "one checkpoint": (
        SCREENED,
        lambda c: c["zoos"]["candidates"].update(checkpoints={"x": {"path": __file__}}),
        "zoos.candidates.checkpoints: ['x'] is too few; at least 2 needed",
    ),
    "images needed and not there": (
        SCREENED,
        lambda c: c["metrics"]["families"].append("gradient"),
        "metrics.families: 'gradient' needs images, which zoos.candidates does not have",
    ),
    "calibration without a dataset": (
        SCREENED,
        lambda c: c["zoos"]["candidates"].update(calibration={"tasks": "all", "samples": 10}),
        "zoos.candidates: 'dataset' is a dependency of 'calibration'",
    ),
    "a checkpoint of a task without images": (
        IMPORTED,
        lambda c: c["zoos"]["fusionbench_b_16"]["checkpoints"].update(
            Birds={"hub": "me/birds", "file": "model.safetensors"}
        ),
        "zoos.fusionbench_b_16.checkpoints: unknown 'Birds'",
    ),
    "too few checkpoints to predict": (
        IMPORTED,
        lambda c: c["zoos"]["fusionbench_b_16"].update(
            checkpoints=dict(list(c["zoos"]["fusionbench_b_16"]["checkpoints"].items())[:3])
        ),
        "zoos.fusionbench_b_16.checkpoints: predicting needs at least 4 checkpoints",
    ),
    "a folder without tasks": (
        MAIN,
        lambda c: c["datasets"]["vision"].update(folder="docs"),
        "datasets.vision.folder: there are no task files (*.yaml) in docs",
    ),
    "unknown benchmark": (
        MAIN,
        lambda c: c["zoos"]["vit_b_16"].update(tasks="N12"),
        "zoos.vit_b_16.tasks: ",
    ),
    "epochs in words": (
        MAIN,
        lambda c: c["zoos"]["vit_b_16"]["finetuning"].update(epochs="many"),
        "zoos.vit_b_16.finetuning.epochs: ",
    ),
    "two lengths": (
        MAIN,
        lambda c: c["zoos"]["vit_b_16"]["finetuning"].update(samples_seen=100),
        "zoos.vit_b_16.finetuning: give either epochs or samples_seen",
    ),
    "unknown regularizer": (
        "gradient_magnitude",
        lambda c: c["zoos"]["vit_b_16_gradient_magnitude"]["finetuning"]["regularizer"].update(
            method="gradient"
        ),
        "zoos.vit_b_16_gradient_magnitude.finetuning.regularizer.method: unknown 'gradient'",
    ),
}


@pytest.fixture(autouse=True)
def in_the_root(monkeypatch):
    """Paths in a config are relative to where Snakemake runs."""
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("name", CASES)
def test_mistakes_are_named(name):
    config, change, expected = CASES[name]
    changed = deepcopy(shipped(config))
    assert config_problems(changed) == []
    change(changed)
    (problem,) = config_problems(changed)
    assert problem.startswith(expected)
    assert "\n" not in problem


def test_tiny_tasks_state_no_epochs():
    config = shipped("config")
    recipe = config["zoos"]["tiny"]["finetuning"]
    for key in ("samples_seen", "samples_seen_by_task"):
        recipe.pop(key)
    recipe["epochs"] = "task"
    (problem,) = config_problems(config)
    assert problem.startswith("zoos.tiny.finetuning.epochs: tasks of source tiny state none")


def test_a_broken_task_file_is_named(tmp_path):
    for file in (ROOT / "config/tasks").glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    broken = tmp_path / "MNIST.yaml"
    broken.write_text(broken.read_text().replace("classes: 10", "classes: ten"))
    config = shipped(MAIN)
    config["datasets"]["vision"]["folder"] = str(tmp_path)
    (problem,) = config_problems(config)
    assert problem.startswith(f"{broken}: classes: 'ten' is not allowed")
    config["zoos"]["vit_b_16"]["tasks"] = ["DTD", "Cars", "SVHN", "GTSRB"]
    assert config_problems(config) == []


def test_braces_in_paths_are_refused(tmp_path):
    config = shipped(SCREENED)
    file = tmp_path / "b{x}.pt"
    file.touch()
    config["zoos"]["candidates"]["checkpoints"]["mine"] = {"path": str(file)}
    (problem,) = config_problems(config)
    assert problem.startswith(f"zoos.candidates.checkpoints.mine.path: {file} has braces, which")
