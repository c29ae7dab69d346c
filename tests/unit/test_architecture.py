"""CLIP towers from plain architectures: names, shapes, weights and heads."""

import numpy as np
import open_clip
import pytest
import torch

from mergeability.backbones.architecture import (
    build_clip,
    build_vision_tower,
    load_weights,
    normalize_images,
    state_arrays,
)
from mergeability.backbones.heads import build_head
from mergeability.backbones.tokenizer import WordTokenizer

TINY = {
    "embed_dim": 16,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.25, 0.2, 0.1],
    "vision_cfg": {"image_size": 8, "patch_size": 4, "width": 16, "layers": 2, "head_width": 8},
    "text_cfg": {"context_length": 6, "vocab_size": 16, "width": 16, "heads": 2, "layers": 1},
}
VIT_B_16_QUICKGELU = {
    **open_clip.get_model_config("ViT-B-16-quickgelu"),
    "image_mean": open_clip.OPENAI_DATASET_MEAN,
    "image_std": open_clip.OPENAI_DATASET_STD,
}


def test_vision_tower_alone_is_the_tower_of_the_whole_model() -> None:
    clip, tower = build_clip(TINY).eval(), build_vision_tower(TINY).eval()
    weights = {
        name.removeprefix("visual."): array
        for name, array in state_arrays(clip).items()
        if name.startswith("visual.")
    }
    load_weights(tower, weights)
    images = torch.randn(3, 3, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(tower(images), clip.encode_image(images))


def test_vit_b_16_has_openclip_names_and_quick_gelu() -> None:
    tower = build_vision_tower(VIT_B_16_QUICKGELU).eval()
    shapes = {name: tuple(tensor.shape) for name, tensor in tower.state_dict().items()}
    assert len(shapes) == 152
    assert sum(np.prod(shape) for shape in shapes.values()) == 86_192_640
    assert shapes["conv1.weight"] == (768, 3, 16, 16)
    assert shapes["transformer.resblocks.11.attn.in_proj_weight"] == (2304, 768)
    assert shapes["positional_embedding"] == (197, 768)
    assert shapes["proj"] == (768, 512)
    assert any(isinstance(module, open_clip.transformer.QuickGELU) for module in tower.modules())

    image = np.random.default_rng(0).integers(256, size=(1, 224, 224, 3), dtype=np.uint8)
    with torch.no_grad():
        features = tower(normalize_images(image, VIT_B_16_QUICKGELU))
    assert features.shape == (1, 512)
    assert features.isfinite().all()


def test_weights_are_copied_out_and_in() -> None:
    source, target = build_vision_tower(TINY), build_vision_tower(TINY)
    weights = state_arrays(source)
    assert list(weights) == sorted(weights)
    load_weights(target, weights)
    for name, array in state_arrays(target).items():
        np.testing.assert_array_equal(array, weights[name])
    with torch.no_grad():
        source.get_parameter("proj").zero_()
    assert weights["proj"].any()


def test_weights_that_do_not_fit_are_refused_in_one_error() -> None:
    tower = build_vision_tower(TINY)
    before = state_arrays(tower)
    weights = {name: array + 1 for name, array in before.items() if name != "ln_pre.bias"}
    weights |= {"proj": np.zeros((2, 3), np.float32), "extra": np.zeros(1, np.float32)}
    with pytest.raises(ValueError, match="do not fit") as caught:
        load_weights(tower, weights)
    message = str(caught.value)
    assert "missing ln_pre.bias" in message
    assert "unexpected extra" in message
    assert "proj has shape (2, 3), expected (16, 16)" in message
    np.testing.assert_array_equal(state_arrays(tower)["conv1.weight"], before["conv1.weight"])


def test_images_are_normalised_per_channel() -> None:
    images = np.zeros((2, 8, 8, 3), np.uint8)
    images[1] = 255
    pixels = normalize_images(images, TINY)
    assert pixels.shape == (2, 3, 8, 8)
    assert pixels.dtype == torch.float32
    torch.testing.assert_close(pixels[0, :, 0, 0], torch.tensor([-2.0, -2.0, -3.0]))
    torch.testing.assert_close(pixels[1, :, 0, 0], torch.tensor([2.0, 3.0, 7.0]))
    torch.testing.assert_close(normalize_images(torch.from_numpy(images), TINY), pixels)


@pytest.mark.parametrize(
    "images", [np.zeros((1, 8, 8, 3), np.float32), np.zeros((1, 3, 8, 8), np.uint8)]
)
def test_images_of_another_layout_are_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        normalize_images(images, TINY)


def test_head_rows_have_the_length_of_the_logit_scale_and_the_order_of_the_classes() -> None:
    clip = build_clip(TINY)
    tokenizer = WordTokenizer.from_texts(["a photo of cat dog bird"], context_length=6)
    templates = ("a photo of {}", "a {}")
    head = build_head(clip, tokenizer, ["cat", "dog", "bird"], templates)
    assert head.shape == (3, 16)
    assert not head.requires_grad
    torch.testing.assert_close(head.norm(dim=1), clip.logit_scale.exp().detach().expand(3))
    reordered = build_head(clip, tokenizer, ["bird", "cat", "dog"], templates)
    torch.testing.assert_close(reordered, head[[2, 0, 1]])

    with torch.no_grad():
        prompts = clip.encode_text(tokenizer(["a photo of dog", "a dog"]), normalize=True)
    mean = prompts.mean(dim=0)
    torch.testing.assert_close(head[1], clip.logit_scale.exp().detach() * mean / mean.norm())
