"""Checkpoints in every public layout come out the same, bit for bit."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import public_layouts as public
import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, layer_norm, linear

from mergeability.backbones.encoder import Encoder
from mergeability.checkpoints.importing import describe_size, import_checkpoint
from mergeability.checkpoints.layouts import read_layout
from mergeability.checkpoints.sources import locate, write_manifest
from mergeability.files import map_tensors, read_metadata, read_tensors, write_json

Save = Callable[[public.State, Path], Path]

WITH_PROJECTION = {
    "Hugging Face CLIPModel": [public.save_hugging_face_clip, public.save_hugging_face_bin],
    "task_vectors ImageEncoder": [
        public.save_crisostomi,
        public.save_tall_masks,
        public.save_old_torch,
    ],
    "open_clip CLIP": [public.save_open_clip, public.save_openai],
    "open_clip vision tower": [public.save_vision_tower],
}
SAVERS = [(layout, save) for layout, savers in WITH_PROJECTION.items() for save in savers]


def vision_of(state: public.State) -> dict[str, np.ndarray]:
    return {
        name.removeprefix("visual."): tensor.numpy()
        for name, tensor in state.items()
        if name.startswith("visual.")
    }


def assert_same(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert list(actual) == sorted(expected)
    for name, array in actual.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, expected[name], err_msg=name)


@pytest.mark.parametrize(("layout", "save"), SAVERS)
def test_layouts_with_projection_come_out_bit_for_bit(
    layout: str, save: Save, tmp_path: Path
) -> None:
    clip = public.new_clip()
    state = public.finetuned(clip)
    pretrained = public.write_backbone(tmp_path, clip)
    source = save(state, tmp_path)
    checkpoint = public.import_into(tmp_path, source, pretrained)
    assert_same(read_tensors(checkpoint), vision_of(state))
    assert read_metadata(checkpoint) == {
        "task": "task",
        "source": source.name,
        "sha256": locate(source).sha256,
        "layout": layout,
        "projection": "checkpoint",
    }


@pytest.mark.parametrize("save", [public.save_fusionbench, public.save_flat_fusionbench])
def test_a_vision_model_gets_the_projection_of_the_backbone(save: Save, tmp_path: Path) -> None:
    clip = public.new_clip()
    state = public.finetuned(clip, projection=False)
    pretrained = public.write_backbone(tmp_path, clip)
    checkpoint = public.import_into(tmp_path, save(state, tmp_path), pretrained)
    assert_same(read_tensors(checkpoint), vision_of(state))
    assert read_metadata(checkpoint)["projection"] == "backbone"
    assert "projection of the backbone" in (tmp_path / "logs/import.log").read_text()


def test_a_vision_model_with_its_own_projection_keeps_it() -> None:
    clip = public.new_clip()
    state = public.finetuned(clip)
    own = {"visual_projection.weight": state["visual.proj"].T}
    for tensors in (
        public.hugging_face_vision(state) | own,
        {k.removeprefix("vision_model."): v for k, v in public.hugging_face_vision(state).items()}
        | own,
    ):
        towers = read_layout(tensors)
        torch.testing.assert_close(towers.vision["proj"], state["visual.proj"], rtol=0, atol=0)
        assert towers.vision.keys() == vision_of(state).keys()


def test_a_pickled_module_gives_its_tensors_when_asked_to(tmp_path: Path) -> None:
    clip = public.new_clip()
    state = public.finetuned(clip)
    pretrained = public.write_backbone(tmp_path, clip)
    source = public.save_task_vectors(state, tmp_path, clip)
    with pytest.raises(ModuleNotFoundError, match="src"):
        torch.load(source, weights_only=False)
    checkpoint = public.import_into(tmp_path, source, pretrained, allow_pickle=True)
    assert_same(read_tensors(checkpoint), vision_of(state))
    assert read_metadata(checkpoint)["layout"] == "task_vectors ImageEncoder"


def wrapped(prefix: str, state: public.State, head: str = "") -> public.State:
    return {prefix + name: tensor for name, tensor in state.items()} | (
        {prefix + head + kind: torch.ones(3) for kind in (".weight", ".bias")} if head else {}
    )


def tower(state: public.State) -> public.State:
    return {
        name.removeprefix("visual."): tensor
        for name, tensor in state.items()
        if name.startswith("visual.")
    }


def in_the_middle(state: public.State) -> public.State:
    """Submodules that were compiled or distributed by themselves."""
    return {
        name.replace("visual.", "visual._orig_mod.").replace("resblocks.", "resblocks.module."): t
        for name, t in state.items()
    }


PREFIXES = [
    *(
        "module.",
        "_orig_mod.",
        "model.",
        "image_encoder.",
        "module._orig_mod.",
        "_orig_mod.module.",
    ),
    *("image_encoder.model.", "module.image_encoder._orig_mod.model.", "model.module.model."),
]
WRAPPED: dict[str, Callable[[public.State], public.State]] = {
    **{f"{p} whole": lambda s, p=p: wrapped(p, s) for p in PREFIXES},
    **{f"{p} tower": lambda s, p=p: wrapped(p, tower(s)) for p in PREFIXES},
    **{f"{p} visual.": lambda s, p=p: wrapped(p + "visual.", tower(s)) for p in PREFIXES},
    **{f"visual.{p}": lambda s, p=p: wrapped("visual." + p, tower(s)) for p in PREFIXES},
    **{
        f"{p} Hugging Face": lambda s, p=p: {
            name: tensor
            for name, tensor in wrapped(p, public.hugging_face_clip(s)).items()
            if not name.endswith("position_ids")
        }
        for p in [*PREFIXES, "visual."]
    },
    "in the middle": in_the_middle,
    "visual. twice": lambda s: wrapped("visual.", s),
    **{
        f"with {head}": lambda s, head=head: wrapped("module.", s, head)
        for head in ("classification_head", "classifier", "head", "fc", "classification_heads.0")
    },
    "head beside the encoder": lambda s: {
        **wrapped("image_encoder.", public.image_encoder_state(s)),
        "classification_head.weight": torch.ones(3, 24),
    },
}


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_modules_around_a_model_and_heads_are_taken_off(wrapping: str) -> None:
    state = public.finetuned(public.new_clip())
    towers = read_layout(WRAPPED[wrapping](state))
    assert towers.vision.keys() == vision_of(state).keys()
    for name, tensor in vision_of(state).items():
        np.testing.assert_array_equal(towers.vision[name], tensor, err_msg=name)
    if "with" in wrapping or "head" in wrapping:
        assert any("classification head (" in part for part in towers.removed)
    assert read_layout(state).removed == ()


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict"])
def test_a_checkpoint_of_a_training_gives_its_model(key: str, prefix: str, tmp_path: Path) -> None:
    clip = public.new_clip()
    pretrained = public.write_backbone(tmp_path, clip)
    state = public.finetuned(clip)
    optimizer = torch.optim.AdamW(clip.parameters())
    sum(p.sum() for p in clip.parameters()).backward()
    optimizer.step()
    source = tmp_path / "epoch_3.pt"
    training = {"epoch": 3, "name": "run", "optimizer": optimizer.state_dict()}
    torch.save({**training, key: wrapped(prefix, state)}, source)
    checkpoint = public.import_into(tmp_path, source, pretrained)
    assert_same(read_tensors(checkpoint), vision_of(state))
    log = (tmp_path / "logs/import.log").read_text()
    assert f"read entry '{key}', left out: epoch, name, optimizer" in log
    assert "without its text tower" in log
    assert ("without its wrapping module" in log) == bool(prefix)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_float32(dtype: torch.dtype, tmp_path: Path) -> None:
    clip = public.new_clip()
    state = {name: tensor.to(dtype) for name, tensor in public.finetuned(clip).items()}
    pretrained = map_tensors(public.write_backbone(tmp_path, clip))
    imported = import_checkpoint(public.save_open_clip(state, tmp_path), pretrained)
    assert_same(imported.tensors, vision_of({k: v.float() for k, v in state.items()}))


def test_the_same_checkpoint_gives_the_same_bytes(tmp_path: Path) -> None:
    clip = public.new_clip()
    pretrained = public.write_backbone(tmp_path, clip)
    source = public.save_crisostomi(public.finetuned(clip), tmp_path)
    first = public.import_into(tmp_path, source, pretrained).read_bytes()
    assert public.import_into(tmp_path, source, pretrained).read_bytes() == first


def test_hugging_face_weights_compute_what_open_clip_does_with_them(tmp_path: Path) -> None:
    """The forward pass of CLIPVisionModel, written here from its names, needs no conversion."""
    clip = public.new_clip()
    state = public.finetuned(clip)
    pretrained = map_tensors(public.write_backbone(tmp_path, clip))
    imported = import_checkpoint(public.save_hugging_face_clip(state, tmp_path), pretrained)
    write_json(tmp_path / "architecture.json", public.SMALL)
    encoder = Encoder(tmp_path / "architecture.json", "cpu").load(imported.tensors)
    pixels = torch.randn(4, 3, 12, 12)
    with torch.no_grad():
        expected = hugging_face_features(public.hugging_face_clip(state), pixels, layers=3, heads=4)
        torch.testing.assert_close(encoder.tower(pixels), expected, rtol=1e-5, atol=1e-5)


def hugging_face_features(t: public.State, pixels: Tensor, layers: int, heads: int) -> Tensor:
    """CLIP's image features from tensors under Hugging Face's names, with QuickGELU."""

    def norm(x: Tensor, name: str) -> Tensor:
        return layer_norm(x, x.shape[-1:], t[f"{name}.weight"], t[f"{name}.bias"])

    def dense(x: Tensor, name: str) -> Tensor:
        return linear(x, t[f"{name}.weight"], t[f"{name}.bias"])

    patch = t["vision_model.embeddings.patch_embedding.weight"]
    x = conv2d(pixels, patch, stride=patch.shape[-1]).flatten(2).transpose(1, 2)
    first = t["vision_model.embeddings.class_embedding"].expand(len(x), 1, -1)
    x = torch.cat([first, x], dim=1) + t["vision_model.embeddings.position_embedding.weight"]
    x = norm(x, "vision_model.pre_layrnorm")
    for number in range(layers):
        layer = f"vision_model.encoder.layers.{number}"
        inner = norm(x, f"{layer}.layer_norm1")
        query, key, value = (
            dense(inner, f"{layer}.self_attn.{part}_proj")
            .unflatten(-1, (heads, -1))
            .transpose(1, 2)
            for part in "qkv"
        )
        weights = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(dim=-1)
        attended = (weights @ value).transpose(1, 2).flatten(2)
        x = x + dense(attended, f"{layer}.self_attn.out_proj")
        inner = dense(norm(x, f"{layer}.layer_norm2"), f"{layer}.mlp.fc1")
        x = x + dense(inner * torch.sigmoid(1.702 * inner), f"{layer}.mlp.fc2")
    pooled = norm(x[:, 0], "vision_model.post_layernorm")
    return linear(pooled, t["visual_projection.weight"])


def test_layouts_agree_at_the_size_of_vit_b_32(tmp_path: Path) -> None:
    architecture = open_clip.get_model_config("ViT-B-32-quickgelu")
    # The text tower is only written and left out again: a narrow one does as well.
    architecture["text_cfg"] = public.SMALL["text_cfg"]
    clip = public.new_clip(architecture)
    state = public.finetuned(clip, projection=False)
    pretrained = map_tensors(public.write_backbone(tmp_path, clip))
    expected = vision_of(state)
    assert sum(array.size for array in expected.values()) == 87_849_216
    for save in (public.save_fusionbench, public.save_crisostomi, public.save_open_clip):
        source = save(state, tmp_path)
        imported = import_checkpoint(source, pretrained)
        assert_same(imported.tensors, expected)
        source.unlink()
    assert describe_size(pretrained) == (
        "ViT-B/32 (patch 32, width 768, 12 layers, images of 224 pixels)"
    )

    write_json(tmp_path / "architecture.json", {**architecture, "image_mean": [], "image_std": []})
    encoder = Encoder(tmp_path / "architecture.json", "cpu").load(imported.tensors)
    pixels = torch.randn(1, 3, 224, 224)
    clip.load_state_dict(state)
    with torch.no_grad():
        torch.testing.assert_close(
            encoder.tower(pixels), clip.encode_image(pixels), rtol=1e-5, atol=1e-5
        )


def test_a_manifest_leads_to_the_file_and_names_it(tmp_path: Path) -> None:
    """Caches hold links: the manifest keeps the name of the file, and survives a move of both."""
    blob = tmp_path / "all/hub/blobs/0123"
    link = tmp_path / "all/hub/snapshots/abc/model.safetensors"
    manifest = tmp_path / "all/fetched/task.json"
    for path in (blob, link):
        path.parent.mkdir(parents=True)
    blob.write_bytes(b"content")
    link.symlink_to("../../blobs/0123")
    write_manifest(manifest, "someone/model", "model.safetensors", "abc", link, locate(link).sha256)
    moved = (tmp_path / "all").rename(tmp_path / "moved")
    source = locate(moved / "fetched/task.json")
    assert source.path.samefile(moved / "hub/blobs/0123")
    assert source.path.name == "model.safetensors"
    assert source.name == "someone/model/model.safetensors@abc"


def test_weights_far_from_the_backbone_raise_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pretrained = map_tensors(public.write_backbone(tmp_path, public.new_clip()))
    stranger = public.new_clip(seed=5).state_dict()
    with caplog.at_level(logging.WARNING, "mergeability"):
        import_checkpoint(public.save_open_clip(stranger, tmp_path), pretrained)
    assert "was it fine-tuned from others?" in caplog.text
