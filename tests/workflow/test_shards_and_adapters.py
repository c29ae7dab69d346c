"""Shards and an adapter of a CLIP: a zoo, and candidates, of the real Snakemake."""

import json

import model_folders as models
import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from workspace import ROOT, Workspace, miniature_config

from mergeability.checkpoints.layouts import to_hugging_face
from mergeability.files import read_tensors, write_tensors

pytestmark = pytest.mark.slow

LAYER = "vision_model.encoder.layers.{}.mlp.fc1"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Two models as files, and the same two as a folder of shards and an adapter."""
    shipped = ROOT / "src/mergeability/backbones/shipped/tiny_clip.safetensors"
    tower = read_tensors(shipped, "visual.")
    rng = np.random.default_rng(0)
    birds = {
        name: array + 0.01 * rng.standard_normal(array.shape).astype(np.float32)
        for name, array in tower.items()
    }
    base = to_hugging_face({name: torch.tensor(array) for name, array in tower.items()})
    factors = models.factors([LAYER.format(layer) for layer in (0, 1)], base)
    boats = dict(tower)
    for layer in (0, 1):
        left, right = (
            factors[f"base_model.model.{LAYER.format(layer)}.lora_{f}.weight"] for f in "BA"
        )
        boats[f"transformer.resblocks.{layer}.mlp.c_fc.weight"] += (2 * left @ right).numpy()

    config = miniature_config()
    config["backbones"]["tiny_clip"] = {"source": "shipped", "model": "tiny_clip"}
    config["metrics"]["families"] = ["task_vector", "effective_rank", "subspace"]
    places = {
        "files": {"birds": "birds.safetensors", "boats": "boats.safetensors"},
        "folders": {"birds": "zoo/birds", "boats": "zoo/boats"},
    }
    for zoo, paths in places.items():
        checkpoints = {task: {"path": path} for task, path in paths.items()}
        config["zoos"][zoo] = {"seed": 0, "backbone": "tiny_clip", "checkpoints": checkpoints}
    workspace = Workspace.create(tmp_path_factory.mktemp("folders") / "w", config)
    # A config is checked when it is read, so the files come first.
    write_tensors(workspace / "birds.safetensors", birds)
    write_tensors(workspace / "boats.safetensors", boats)
    state = to_hugging_face({name: torch.tensor(array) for name, array in birds.items()})
    models.save_folder(state, workspace / "zoo/birds", shards=3)
    models.save_adapter(factors, workspace / "zoo/boats")
    return workspace


def metrics_of(workspace, zoo):
    return pd.read_csv(workspace / f"results/{zoo}/tables/metrics.csv")


def assert_alike(found, expected):
    columns = list(expected.columns)
    assert list(found.columns) == columns
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4, atol=1e-6)


def test_a_zoo_of_folders_has_the_metrics_of_their_files(workspace):
    targets = [f"results/{zoo}/tables/metrics.csv" for zoo in ("files", "folders")]
    workspace.run("--", *targets)
    assert_alike(metrics_of(workspace, "folders"), metrics_of(workspace, "files"))
    assert "Nothing to be done" in workspace.run("--dry-run", "--", *targets)


def test_one_shard_that_changes_asks_for_its_checkpoint_again(workspace):
    target = "results/folders/tables/metrics.csv"
    workspace.run("--", target)
    index = workspace / "zoo/boats/adapter_config.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {"lora_alpha": 9}))
    planned = workspace.planned("--", target)
    assert "Importing the checkpoint of boats" in planned
    assert "Importing the checkpoint of birds" not in planned
    index.write_text(json.dumps(json.loads(index.read_text()) | {"lora_alpha": 8}))


def test_candidates_in_folders_are_described_as_their_files(workspace):
    frames = {}
    for name, places in {
        "of-files": {"a": "birds.safetensors", "b": "boats.safetensors"},
        "of-folders": {"a": "zoo/birds", "b": "zoo/boats"},
    }.items():
        entry = {
            "learn_from": "mini",
            "predictor": "ridge",
            "data": False,
            "candidates": {key: {"path": path} for key, path in places.items()},
        }
        added = workspace / f"{name}.yaml"
        added.write_text(yaml.safe_dump({"recommendations": {name: entry}}))
        target = f"results/mini/recommendations/{name}/metrics.parquet"
        workspace.run("--configfile", "config/config.yaml", str(added), "--", target)
        frames[name] = pd.read_parquet(workspace / target)
    assert_alike(frames["of-folders"], frames["of-files"])
