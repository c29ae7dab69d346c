"""Shards and adapters of a CLIP that cannot be imported: one line each, with file and cure."""

from collections.abc import Callable
from pathlib import Path

import model_folders as models
import public_layouts as public
import pytest
import torch

from mergeability.backbones.imported import import_backbone
from mergeability.checkpoints.importing import import_checkpoint
from mergeability.files import Tensors, map_tensors

CLIP = public.new_clip()
BASE = public.hugging_face_vision(dict(CLIP.state_dict()))
TUNED = public.hugging_face_vision(public.finetuned(CLIP))
QUERY = "vision_model.encoder.layers.1.self_attn.q_proj"


def shards(folder: Path, state: public.State = TUNED) -> Path:
    return models.save_folder(state, folder / "birds", shards=3)


def adapter(folder: Path, module: str = QUERY, **config: object) -> Path:
    known = {**BASE, "text_model.encoder.layers.0.mlp.fc1.weight": torch.ones(8, 4)}
    state = models.factors([module], known)
    return models.save_adapter(state, folder / "birds", **config)


def of_a_larger_clip(folder: Path) -> Path:
    state = models.factors([QUERY], {f"{QUERY}.weight": torch.ones(64, 64)})
    return models.save_adapter(state, folder / "birds")


def of_a_deeper_clip(folder: Path) -> Path:
    deep = "vision_model.encoder.layers.23.self_attn.q_proj"
    state = models.factors([QUERY, deep], {**BASE, f"{deep}.weight": torch.ones(32, 32)})
    return models.save_adapter(state, folder / "birds")


def with_factors(folder: Path, value: float) -> Path:
    state = models.factors([QUERY], BASE)
    state[f"base_model.model.{QUERY}.lora_B.weight"] = torch.full((32, 4), value)
    return models.save_adapter(state, folder / "birds")


def without(path: Path, name: str) -> Path:
    (path / name).unlink()
    return path


def copied(folder: Path) -> Path:
    models.save_one(TUNED, folder / "birds/a.safetensors")
    return models.save_one(TUNED, folder / "birds/b.safetensors").parent


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a shard is missing": (
        lambda f: without(shards(f), "model-00002-of-00003.safetensors"),
        "1 of 3 shards missing (model-00002-of-00003.safetensors); copy or download",
    ),
    "no index": (
        lambda f: without(shards(f), "model.safetensors.index.json"),
        "shards without their index (model.safetensors.index.json); copy or download it too",
    ),
    "one shard alone": (
        lambda f: shards(f) / "model-00001-of-00003.safetensors",
        "one of 3 shards of a model; name its folder",
    ),
    "the file of an adapter": (
        lambda f: adapter(f) / "adapter_model.safetensors",
        "the file of an adapter; name its folder, with adapter_config.json in it",
    ),
    "an adapter without its file": (
        lambda f: without(adapter(f), "adapter_model.safetensors"),
        "there is no adapter_model.safetensors beside adapter_config.json; copy it there",
    ),
    "a tensor is missing": (
        lambda f: shards(f, {n: t for n, t in TUNED.items() if "post_layernorm.bias" not in n}),
        "missing ln_post.bias",
    ),
    "the backbone itself": (
        lambda f: shards(f, BASE),
        "the weights of the backbone itself; name a fine-tuned checkpoint",
    ),
    "another network": (
        lambda f: models.save_folder(models.TUNED, f / "birds", shards=3),
        "no CLIP vision encoder in any known layout",
    ),
    "two models": (copied, "several files of weights (a.safetensors, b.safetensors); name one"),
    "no model": (lambda f: without(copied(f), "a.safetensors").parent, "no weights in this folder"),
    "another kind of adapter": (
        lambda f: adapter(f, peft_type="LOHA"),
        "an adapter of type LOHA, not LoRA; merge it into its model with peft",
    ),
    "an adapter that starts elsewhere": (
        lambda f: adapter(f, init_lora_weights="pissa"),
        "changes the weights of the base; merge it into its model with peft",
    ),
    "an adapter of a larger CLIP": (
        of_a_larger_clip,
        "is 64 x 64, the tensor of the backbone is torch.float32 [32, 32]; name the base",
    ),
    "an adapter of a deeper CLIP": (
        of_a_deeper_clip,
        "it adapts tensors that are not in the backbone (vision_model.encoder.layers.23",
    ),
    "an adapter of the text tower": (
        lambda f: adapter(f, "text_model.encoder.layers.0.mlp.fc1"),
        "adapts the text tower alone, and the vision tower is what is merged; name an adapter",
    ),
    "an adapter before training": (
        lambda f: with_factors(f, 0.0),
        "the weights of the backbone itself; name a fine-tuned checkpoint",
    ),
    "an adapter that diverged": (lambda f: with_factors(f, float("nan")), "holds NaN or infinite"),
}


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Tensors:
    return map_tensors(public.write_backbone(tmp_path_factory.mktemp("backbone"), CLIP))


@pytest.mark.parametrize("mistake", BAD)
def test_a_bad_folder_is_one_line_with_file_and_cure(mistake, pretrained, tmp_path) -> None:
    make, reason = BAD[mistake]
    path = make(tmp_path)
    with pytest.raises((ValueError, OSError)) as caught:
        import_checkpoint(path, pretrained)
    message = str(caught.value)
    assert reason in message
    assert message.startswith(str(path if path.is_dir() else path.parent))
    assert "\n" not in message


def test_a_backbone_is_read_in_shards_and_is_no_adapter(tmp_path: Path) -> None:
    whole = public.hugging_face_clip(dict(CLIP.state_dict()))
    folder = models.save_folder(whole, tmp_path / "base", shards=4)
    weights = import_backbone(folder, public.SMALL)
    assert weights.keys() == CLIP.state_dict().keys()
    for name, tensor in CLIP.state_dict().items():
        assert torch.equal(torch.tensor(weights[name]), tensor)
    with pytest.raises(ValueError, match="an adapter is no base; name the model"):
        import_backbone(adapter(tmp_path), public.SMALL)
