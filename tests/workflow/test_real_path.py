"""The path of real zoos at small scale: a hub's Parquet files, ViT-S/32 with random weights."""

import json

import numpy as np
import open_clip
import pandas as pd
import pytest
import torch
import yaml
from hub_server import LocalHub, encode_image, parquet_bytes
from safetensors.torch import save_file
from workspace import Workspace, miniature_config, with_few_fits

from mergeability.files import read_tensors

pytestmark = pytest.mark.slow

CLASSES = ["reddish", "greenish", "bluish"]
FORMS = [("PNG", None), ("JPEG", None), ("PNG", "RGBA"), ("PNG", "P")]
TASKS = {"Bright": 0, "Dark": 1, "Grey": 2, "Noisy": 3}
UNREACHABLE = "http://127.0.0.1:9"


def draw(task, rows, seed):
    """Images of odd sizes, in several formats, whose colour is their class."""
    rng = np.random.default_rng([TASKS[task], seed])
    labels = np.arange(rows) % len(CLASSES)
    images = []
    for row, label in enumerate(labels):
        height, width = rng.integers(20, 90, 2)
        pixels = rng.integers(0, 80, (height, width, 3))
        pixels[..., label] += 40 * (1 + TASKS[task])
        if task == "Grey":  # one channel: brightness is the class
            level = rng.integers(0, 60, (height, width)) + 70 * label
            images.append(encode_image(level.astype(np.uint8), FORMS[row % 2][0]))
        else:
            images.append(encode_image(pixels.astype(np.uint8), *FORMS[row % len(FORMS)]))
    return images, labels


def serve(hub, folder):
    """Put the four tasks on the hub, and their files beside the config."""
    folder.mkdir()
    for task in TASKS:
        files = {
            f"data/{split}-00000-of-00001.parquet": parquet_bytes(*draw(task, rows, seed), CLASSES)
            for seed, (split, rows) in enumerate({"train": 24, "test": 12}.items())
        }
        hub.add(f"someone/{task.lower()}", "dataset", files)
        entry = {
            "repository": f"someone/{task.lower()}",
            "splits": {s: {"files": f"data/{s}-*.parquet"} for s in ("train", "test")},
            "classes": len(CLASSES),
            "epochs": 1,
            "prompts": ["a {} picture.", "something {}."],
        }
        (folder / f"{task}.yaml").write_text(yaml.safe_dump(entry))


def random_clip(model, path):
    """Weights of open_clip's own initialisation, as a file in its own layout."""
    torch.manual_seed(0)
    clip = open_clip.create_model(model)
    save_file({name: tensor.contiguous() for name, tensor in clip.state_dict().items()}, path)


def real_config():
    """ViT-S/32 on four tasks of a hub; three steps of fine-tuning, two mergers."""
    config = miniature_config()
    config["datasets"] = {"vision": {"source": "hub", "folder": "tasks", "image_size": 224}}
    config["backbones"] = {
        "vit_s_32": {
            "source": "open_clip",
            "model": "ViT-S-32-alt",
            "weights": {"path": "weights.safetensors"},
        }
    }
    zoo = config["zoos"].pop("mini")
    zoo.update(backbone="vit_s_32", dataset="vision", tasks=list(TASKS))
    recipe = zoo["finetuning"]
    for key in ("samples_seen", "samples_seen_by_task"):
        recipe.pop(key)
    recipe.update(epochs="task", batch_size=8, accumulation=2, learning_rate=3.0e-5, save_every=2)
    zoo["calibration"]["samples"] = 4
    config["zoos"] = {"real": zoo}
    kept = ("weight_average", "task_arithmetic")
    config["mergers"] = {name: config["mergers"][name] for name in kept}
    config["targets_per_job"] = {"tasks": 2, "pairs": 6}
    return with_few_fits(config)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The finished zoo; all but the downloads were made without a hub."""
    workspace = Workspace.create(tmp_path_factory.mktemp("real"), real_config())
    random_clip("ViT-S-32-alt", workspace / "weights.safetensors")
    manifests = [f"resources/datasets/vision/{task}/download.json" for task in TASKS]
    with LocalHub() as hub, pytest.MonkeyPatch.context() as patch:
        serve(hub, workspace / "tasks")
        patch.setenv("HF_ENDPOINT", hub.url)
        workspace.run(*manifests)
        assert hub.fetched("/resolve/") == 2 * len(TASKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", UNREACHABLE)
        patch.setenv("HF_HUB_OFFLINE", "1")
        workspace.run()
    return workspace


def test_a_real_zoo_runs_from_parquet_files_to_predictions(real):
    pairs = pd.read_parquet(real / "results/real/pairs.parquet")
    assert len(pairs) == 6 * 2
    assert pairs.drop(columns=["pair", "task_a", "task_b", "merger"]).notna().all(axis=None)
    assert pairs["task_vector_cosine_similarity"].between(-1, 1).all()
    assert (real / "results/real/report.html").is_file()
    folds = list((real / "results/real/prediction").rglob("loto/*.parquet"))
    assert len(folds) == 2 * 2 * len(TASKS)
    assert real.planned() == set()


def test_colours_are_learned_in_three_steps(real):
    singles = [
        json.loads((real / f"results/real/evaluations/single/{task}.json").read_text())
        for task in TASKS
    ]
    assert all(single["samples"] == 12 for single in singles)
    assert sum(s["loss"] for s in singles) < sum(s["zero_shot_loss"] for s in singles)


def test_images_are_what_open_clip_would_see(real):
    split = read_tensors(real / "resources/datasets/vision/Noisy/test.safetensors")
    assert split["images"].shape == (12, 224, 224, 3)
    assert split["labels"].tolist() == draw("Noisy", 12, 1)[1].tolist()


def test_weights_alone_are_screened_in_any_layout(tmp_path):
    """Three checkpoints in three layouts, and no images."""
    config = real_config()
    del config["datasets"]
    config["metrics"]["families"] = ["effective_rank", "subspace", "task_vector"]
    names = ["one.safetensors", "two.pt", "three.safetensors"]
    checkpoints = {name.split(".")[0]: {"path": name} for name in names}
    config["zoos"] = {"candidates": {"seed": 0, "backbone": "vit_s_32", "checkpoints": checkpoints}}
    workspace = Workspace.create(tmp_path / "screening", config)
    random_clip("ViT-S-32-alt", workspace / "weights.safetensors")
    pretrained = read_tensors(workspace / "weights.safetensors", prefix="visual.")
    rng = np.random.default_rng(0)
    for name, prefix in zip(names, ("visual.", "model.visual.", ""), strict=True):
        tuned = {
            prefix + key: torch.from_numpy(array + rng.normal(0, 1e-3, array.shape)).float()
            for key, array in pretrained.items()
        }
        save = torch.save if name.endswith(".pt") else save_file
        save(tuned, workspace / name)
    workspace.run()
    table = pd.read_csv(workspace / "results/candidates/tables/metrics.csv")
    assert table.shape == (3, 2 + 18)
    assert table["task_a"].tolist() == ["one", "one", "three"]
    assert table.notna().all(axis=None)
    assert (workspace / "results/candidates/figures/screening.svg").is_file()
    assert not (workspace / "results/candidates/pairs.parquet").exists()
    assert workspace.planned() == set()
