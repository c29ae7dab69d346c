"""Real CLIPs of transformers and adapters of PEFT, in all wrappings that people keep them in.

All come out as the same vision tower; an adapter as what PEFT's own merge of it does.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import model_folders as models
import numpy as np
import peft
import public_layouts as public
import pytest
import torch
import transformers

from mergeability.backbones.encoder import Encoder
from mergeability.checkpoints.importing import Imported, import_checkpoint, towers_of
from mergeability.checkpoints.opening import open_weights
from mergeability.files import Tensors, read_metadata, read_tensors, write_json, write_tensors

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = {"num_hidden_layers": 3, "num_attention_heads": 4, "projection_dim": 24}
SIZES |= {"hidden_act": "quick_gelu"}
VISION = {**SIZES, "hidden_size": 32, "intermediate_size": 128, "image_size": 12, "patch_size": 4}
TEXT = {**SIZES, "hidden_size": 16, "intermediate_size": 64, "vocab_size": 99}
TEXT |= {"max_position_embeddings": 9}


def moved(model: Any, seed: int, step: float) -> Any:
    """A copy whose parameters, but for both projections, are a step away."""
    made = torch.Generator().manual_seed(seed)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for name, parameter in other.named_parameters():
            if "projection" not in name and "logit" not in name:
                parameter.add_(step * torch.randn(parameter.shape, generator=made))
    return other


def build() -> Any:
    torch.manual_seed(0)
    config = transformers.CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=24)
    return moved(transformers.CLIPModel(config), seed=0, step=0.1).eval()  # biases are 0 at first


BASE = build()
TUNED = moved(BASE, seed=1, step=0.01)


def tower_alone(kind: str, model: Any, folder: Path) -> Any:
    model.save_pretrained(folder)
    return getattr(transformers, kind).from_pretrained(folder)


def shards_of(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder, max_shard_size="60KB")
    assert (folder / "model.safetensors.index.json").is_file()
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    return folder


def folder_of(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    return folder


def nested(folder: Path, prefix: str) -> Path:
    state = {prefix + name: tensor for name, tensor in TUNED.state_dict().items()}
    return models.save_torch({"state_dict": state, "epoch": 3}, folder / "last.ckpt")


def prefixed(folder: Path, prefix: str) -> Path:
    state = {prefix + name: tensor for name, tensor in TUNED.state_dict().items()}
    return models.save_one(state, folder / "a.safetensors")


WRAPPINGS: dict[str, Callable[[Path], Path]] = {
    "folder": lambda f: folder_of(TUNED, f),
    "its file": lambda f: folder_of(TUNED, f) / "model.safetensors",
    "shards": lambda f: shards_of(TUNED, f),
    "their index": lambda f: shards_of(TUNED, f) / "model.safetensors.index.json",
    "bin": lambda f: models.save_folder(TUNED.state_dict(), f, 1, "bin"),
    "bin shards": lambda f: models.save_folder(TUNED.state_dict(), f, 3, "bin"),
    "training": lambda f: nested(f, "module."),
    "lightning": lambda f: nested(f, "model."),
    "wrapped": lambda f: prefixed(f, "image_encoder._orig_mod."),
    "with projection": lambda f: shards_of(
        tower_alone("CLIPVisionModelWithProjection", TUNED, f / "whole"), f
    ),
    "tower": lambda f: shards_of(tower_alone("CLIPVisionModel", TUNED, f / "whole"), f),
    "one file in a folder": lambda f: models.save_torch(TUNED.state_dict(), f / "b.pt").parent,
}


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Tensors:
    folder = shards_of(BASE, tmp_path_factory.mktemp("base"))
    return {name: tensor.numpy() for name, tensor in towers_of(open_weights(folder)).vision.items()}


@pytest.fixture(scope="module")
def expected(pretrained: Tensors, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The fine-tuned tower by way of one file, which other tests hold against names by hand."""
    path = WRAPPINGS["its file"](tmp_path_factory.mktemp("expected"))
    return import_checkpoint(path, pretrained)


def assert_same(actual: Tensors, wanted: Tensors, tolerance: float = 0) -> None:
    assert list(actual) == list(wanted)
    for name, array in actual.items():
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, wanted[name], rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_all_wrappings_come_out_bit_for_bit(wrapping, pretrained, expected, tmp_path) -> None:
    imported = import_checkpoint(WRAPPINGS[wrapping](tmp_path), pretrained)
    assert_same(imported.tensors, expected.tensors)
    assert imported.projection == ("backbone" if wrapping == "tower" else "checkpoint")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_float_types_give_their_values(dtype, pretrained, expected, tmp_path) -> None:
    model = copy.deepcopy(TUNED).to(dtype)
    imported = import_checkpoint(shards_of(model, tmp_path), pretrained)
    stored = {n: torch.tensor(a).to(dtype).float().numpy() for n, a in expected.tensors.items()}
    assert_same(imported.tensors, stored)


def test_the_tower_answers_as_the_model_in_transformers(expected, tmp_path: Path) -> None:
    write_json(tmp_path / "architecture.json", public.SMALL)
    encoder = Encoder(tmp_path / "architecture.json", "cpu").load(expected.tensors)
    pixels = torch.randn(4, 3, 12, 12, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        wanted = TUNED.visual_projection(TUNED.vision_model(pixels).pooler_output)
        torch.testing.assert_close(encoder.tower(pixels), wanted, rtol=1e-5, atol=1e-5)


def test_the_rule_takes_a_folder_and_writes_down_its_files(pretrained, expected, tmp_path) -> None:
    write_tensors(tmp_path / "vision.safetensors", pretrained)
    source = shards_of(TUNED, tmp_path / "birds")
    made = public.import_into(tmp_path, source, tmp_path / "vision.safetensors", path=str(source))
    assert_same(read_tensors(made), expected.tensors)
    about = read_metadata(made)
    assert about["source"] == "birds"
    assert about["layout"] == "Hugging Face CLIPModel"
    files = {file.name for file in source.iterdir()}
    assert about["sha256"].keys() == files


ATTENTION = ["q_proj", "v_proj"]
ADAPTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "attention of both towers": ("CLIPModel", {"target_modules": ATTENTION}),
    "a bare tower": ("CLIPVisionModel", {"target_modules": [*ATTENTION, "fc1", "out_proj"]}),
    "rank-stabilised, projection": (
        "CLIPVisionModelWithProjection",
        {"target_modules": ["fc2", "k_proj", "visual_projection"], "use_rslora": True},
    ),
    "ranks and scales by module": (
        "CLIPVisionModel",
        {
            "target_modules": ATTENTION,
            "rank_pattern": {"layers.1.self_attn.q_proj": 3},
            "alpha_pattern": {"v_proj": 5},
        },
    ),
    "patches": ("CLIPVisionModel", {"target_modules": ["patch_embedding", "q_proj"]}),
    "DoRA": ("CLIPVisionModel", {"target_modules": [*ATTENTION, "fc1"], "use_dora": True}),
    "whole norms and biases": (
        "CLIPVisionModel",
        {"target_modules": ATTENTION, "modules_to_save": ["post_layernorm"], "bias": "lora_only"},
    ),
}


def adapted(kind: str, settings: dict[str, Any], folder: Path) -> Any:
    """A model with an adapter after training, as far as its numbers tell."""
    model = BASE if kind == "CLIPModel" else tower_alone(kind, BASE, folder)
    config = peft.LoraConfig(r=2, lora_alpha=6, **settings)
    wrapped = peft.get_peft_model(copy.deepcopy(model), config)
    made = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in wrapped.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=made))
    return wrapped


@pytest.mark.parametrize("case", ADAPTERS)
def test_an_adapter_comes_out_as_its_merge_by_peft(case, pretrained, tmp_path: Path) -> None:
    kind, settings = ADAPTERS[case]
    model = adapted(kind, settings, tmp_path / "model")
    imported = import_checkpoint(folder_of(model, tmp_path / "adapter"), pretrained)
    merged = import_checkpoint(folder_of(model.merge_and_unload(), tmp_path / "merged"), pretrained)
    assert_same(imported.tensors, merged.tensors, tolerance=1e-6)
    assert imported.layout.startswith("PEFT adapter (DoRA" if case == "DoRA" else "PEFT adapter (L")
    assert imported.projection == ("checkpoint" if "projection" in case else "backbone")
    unchanged = [n for n in pretrained if (imported.tensors[n] == pretrained[n]).all()]
    assert unchanged


def test_an_adapter_on_the_names_of_open_clip_is_folded_too(tmp_path: Path) -> None:
    clip = public.new_clip()
    state = clip.state_dict()
    module = "visual.transformer.resblocks.1.mlp.c_fc"
    factors = models.factors([module], state)
    folder = models.save_adapter(factors, tmp_path / "adapter")
    tower = {n.removeprefix("visual."): t.numpy() for n, t in state.items() if "visual." in n}
    imported = import_checkpoint(folder, tower)
    left, right = (factors[f"base_model.model.{module}.lora_{f}.weight"] for f in "BA")
    changed = "transformer.resblocks.1.mlp.c_fc.weight"
    wanted = {**tower, changed: tower[changed] + (2 * left @ right).numpy()}
    assert_same(imported.tensors, dict(sorted(wanted.items())), tolerance=1e-6)
