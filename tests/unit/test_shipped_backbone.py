"""The pretrained backbone that comes with the library."""

from pathlib import Path

import pytest
import yaml
from workspace import ROOT

from mergeability.backbones.architecture import build_clip, load_weights, vision_weights
from mergeability.backbones.encoder import Encoder
from mergeability.backbones.heads import build_head
from mergeability.backbones.models import shipped_models, shipped_weights
from mergeability.backbones.tokenizer import read_tokenizer
from mergeability.datasets.splits import Split
from mergeability.datasets.tiny.generate import generate_split
from mergeability.datasets.tiny.labels import TEMPLATES, class_names
from mergeability.evaluation import evaluate_encoder
from mergeability.files import read_tensors, sha256_of, write_json


@pytest.mark.parametrize("model", sorted(shipped_models()))
def test_weights_are_those_described(model: str) -> None:
    assert sha256_of(shipped_weights(model)) == shipped_models()[model]["sha256"]


def test_recipe_is_that_of_the_studies() -> None:
    studied = yaml.safe_load((ROOT / "config/predicting.yaml").read_text())["backbones"]
    about = shipped_models()["tiny_clip"]
    assert about["recipe"] == studied["tiny_clip"]["pretraining"]
    assert about["seed"] == studied["tiny_clip"]["seed"]
    assert about["architecture"] == studied["tiny_clip"]["architecture"]


@pytest.mark.parametrize(("task", "least"), [("shapes", 0.35), ("colours", 0.35)])
def test_it_knows_tasks_without_training(task: str, least: float, tmp_path: Path) -> None:
    about, weights = shipped_models()["tiny_clip"], read_tensors(shipped_weights("tiny_clip"))
    clip = build_clip(about["architecture"])
    load_weights(clip, weights)
    classes = class_names(task)
    head = build_head(clip, read_tokenizer(about["tokenizer"]), classes, list(TEMPLATES))
    write_json(tmp_path / "architecture.json", about["architecture"])
    encoder = Encoder(tmp_path / "architecture.json", "cpu").load(vision_weights(weights))
    images, labels = generate_split(task, "test", 0)
    accuracy = evaluate_encoder(encoder, head, Split(images[:200], labels[:200]), 100).accuracy
    assert accuracy > max(least, 2 / len(classes)), accuracy
