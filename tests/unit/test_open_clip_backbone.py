"""Backbones with published weights: towers, tokenizer and heads are open_clip's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import public_layouts as public
import pytest
import torch
from PIL import Image

from mergeability.backbones.architecture import build_clip, load_weights, state_arrays
from mergeability.backbones.encoder import Encoder
from mergeability.backbones.heads import build_head
from mergeability.backbones.imported import import_backbone, named_architecture
from mergeability.backbones.tokenizer import ClipTokenizer, WordTokenizer, read_tokenizer
from mergeability.files import read_json, read_metadata, read_tensors, write_json

MODEL = "ViT-S-32-alt"  # the smallest that open_clip has
TEXTS = [
    "a photo of a cat.",
    "A centered satellite photo of Annual Crop Land  ",
    "the number: “7” — &amp; naïve 東京 ☃",
    "",
]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def import_model(folder: Path, weights: Path, model: str = MODEL) -> Path:
    names = ["architecture.json", "tokenizer.json", "weights.safetensors", "vision.safetensors"]
    public.run_script(
        "backbones/import_backbone",
        input={"weights": str(weights)},
        params={"model": model, "source": {}},
        output={name.split(".")[0]: str(folder / "out" / name) for name in names},
        log=[str(folder / "logs/import.log")],
    )
    return folder / "out"


def test_a_named_model_is_rebuilt_exactly(tmp_path: Path) -> None:
    clip = open_clip.create_model(MODEL).eval()
    source = public.save_open_clip(clip.state_dict(), tmp_path)
    backbone = import_model(tmp_path, source)
    architecture = read_json(backbone / "architecture.json")
    rebuilt = build_clip(architecture)
    load_weights(rebuilt.eval(), read_tensors(backbone / "weights.safetensors"))
    encoder = Encoder(backbone / "architecture.json", "cpu")
    encoder.load(read_tensors(backbone / "vision.safetensors"))
    tokenizer = read_tokenizer(read_json(backbone / "tokenizer.json"))

    image = np.random.default_rng(0).integers(256, size=(2, 224, 224, 3), dtype=np.uint8)
    transform = open_clip.transform.image_transform(224, is_train=False)
    pixels = torch.stack([transform(Image.fromarray(picture)) for picture in image])
    torch.testing.assert_close(encoder.batch(image), pixels)
    with torch.no_grad():
        expected = clip.encode_image(pixels)
        torch.testing.assert_close(encoder.tower(pixels), expected, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(rebuilt.encode_image(pixels), expected, rtol=1e-5, atol=1e-5)
        texts = open_clip.get_tokenizer(MODEL)(TEXTS)
        torch.testing.assert_close(rebuilt.encode_text(tokenizer(TEXTS)), clip.encode_text(texts))
    assert read_metadata(backbone / "weights.safetensors")["source"] == source.name

    before = snapshot(backbone)
    import_model(tmp_path, source)
    assert snapshot(backbone) == before


def test_heads_are_those_of_open_clip() -> None:
    clip = public.new_clip()
    names, templates = ["cat", "traffic light", "7"], ["a photo of a {}.", "{}, a type of pet."]
    expected = open_clip.build_zero_shot_classifier(
        clip, open_clip.SimpleTokenizer(), names, templates
    )
    head = build_head(clip, ClipTokenizer(77), names, templates)
    torch.testing.assert_close(head, expected.T * clip.logit_scale.exp().detach())


@pytest.mark.parametrize("suffix", ["", "-quickgelu"])
@pytest.mark.parametrize("size", ["ViT-B-32", "ViT-B-16", "ViT-L-14"])
def test_architectures_are_those_that_open_clip_builds(size: str, suffix: str) -> None:
    with torch.device("meta"):
        expected = open_clip.CLIP(**open_clip.get_model_config(size + suffix))
        clip = build_clip(named_architecture(size + suffix))
    assert str(clip) == str(expected)  # with all activations, norms and sizes
    assert ("QuickGELU" in str(clip)) == bool(suffix)
    architecture = named_architecture(size + suffix)
    assert architecture["image_mean"] == [0.48145466, 0.4578275, 0.40821073]
    assert architecture["image_std"] == [0.26862954, 0.26130258, 0.27577711]


@pytest.mark.parametrize(
    "save", [public.save_hugging_face_clip, public.save_hugging_face_bin, public.save_openai]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_weights_of_either_publisher_come_out_the_same(
    save: Callable[[public.State, Path], Path], dtype: torch.dtype, tmp_path: Path
) -> None:
    state = {name: tensor.to(dtype) for name, tensor in public.new_clip().state_dict().items()}
    weights = import_backbone(save(state, tmp_path), public.SMALL)
    assert list(weights) == sorted(state)
    for name, array in weights.items():
        np.testing.assert_array_equal(array, state[name].float().numpy(), err_msg=name)


def deeper_text_tower() -> dict[str, Any]:
    return {**public.SMALL, "text_cfg": {**public.SMALL["text_cfg"], "layers": 3}}


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        (
            lambda f: public.save_fusionbench(public.new_clip().state_dict(), f),
            r"model\.safetensors: holds no text tower.* use the file of the whole CLIP",
        ),
        (
            lambda f: public.save_vision_tower(public.new_clip().state_dict(), f),
            r"tower\.safetensors: holds no text tower.* use the file of the whole CLIP",
        ),
        (
            lambda f: public.save_crisostomi(public.new_clip().state_dict(), f),
            r"pytorch_model\.bin: its text tower does not fit .*missing transformer\.resblocks\.0",
        ),
        (
            lambda f: public.save_open_clip(public.new_clip(deeper_text_tower()).state_dict(), f),
            r"its text tower does not fit .*unexpected transformer\.resblocks\.2",
        ),
    ],
)
def test_incomplete_weights_are_refused(
    write: Callable[[Path], Path], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=complaint):
        import_backbone(write(tmp_path), public.SMALL)


def test_weights_of_another_size_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    source = public.save_open_clip(public.new_clip().state_dict(), tmp_path)
    with pytest.raises(ValueError, match=r"weights of a vision .*the backbone is ViT-B/16 \(patch"):
        import_model(tmp_path, source, "ViT-B-16-quickgelu")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("ViT-B-16-quickgelo", "no model 'ViT-B-16-quickgelo'.*ViT-B-16-quickgelu"),
        ("xyz", "none similar"),
        ("RN50-quickgelu", "is not a vision transformer"),
        ("ViT-B-16-SigLIP", "is not a vision transformer"),
        ("xlm-roberta-base-ViT-B-32", "is not a vision transformer"),
        ("coca_ViT-B-32", "is not a vision transformer"),
    ],
)
def test_models_of_other_kinds_are_refused(model: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        named_architecture(model)


def test_tokens_are_those_of_open_clip() -> None:
    expected = open_clip.get_tokenizer("ViT-B-16-quickgelu")(TEXTS)
    assert torch.equal(ClipTokenizer(77)(TEXTS), expected)


def test_a_text_too_long_is_refused_where_open_clip_would_cut_it() -> None:
    tokenizer = ClipTokenizer(8)
    assert tokenizer(["a a a a a a"]).shape == (1, 8)
    with pytest.raises(ValueError, match="9 tokens do not fit the context of 8"):
        tokenizer(["a a a a a a a"])


def test_tokenizers_say_their_kind(tmp_path: Path) -> None:
    for tokenizer in (ClipTokenizer(77), WordTokenizer(("cat", "dog"), 5)):
        write_json(tmp_path / "tokenizer.json", tokenizer.to_dict())
        assert read_tokenizer(read_json(tmp_path / "tokenizer.json")) == tokenizer
    with pytest.raises(ValueError, match="unknown kind of tokenizer 'bpe'"):
        read_tokenizer({"kind": "bpe"})


def test_an_encoder_has_no_weights_before_they_are_loaded(tmp_path: Path) -> None:
    """Weights that were never loaded must not look like results."""
    write_json(tmp_path / "architecture.json", public.SMALL)
    encoder = Encoder(tmp_path / "architecture.json", "cpu")
    assert not hasattr(encoder, "tower")
    weights = {
        name: array
        for name, array in state_arrays(public.new_clip()).items()
        if name.startswith("visual.")
    }
    with pytest.raises(ValueError, match="do not fit"):
        encoder.load(weights)
    assert not hasattr(encoder, "vision")
