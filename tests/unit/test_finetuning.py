"""Training loops: reproducible, improving, and clear when they fail."""

from typing import Any

import numpy as np
import pytest
import torch
from mergeability.backbones.architecture import (
    build_vision_tower,
    load_weights,
    normalize_images,
    state_arrays,
)
from mergeability.backbones.pretraining import contrastive_loss, pretrain
from mergeability.backbones.tokenizer import WordTokenizer
from mergeability.finetuning import finetune, shift_randomly
from mergeability.optimization import sample_batches, warmup_cosine
from numpy.typing import NDArray
from torch import Tensor

ARCHITECTURE = {
    "embed_dim": 16,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.25, 0.25, 0.25],
    "vision_cfg": {"image_size": 8, "patch_size": 4, "width": 16, "layers": 1, "head_width": 8},
    "text_cfg": {"context_length": 4, "vocab_size": 8, "width": 16, "heads": 2, "layers": 1},
}
RECIPE = {
    "samples_seen": 640,
    "batch_size": 32,
    "learning_rate": 3e-3,
    "warmup_steps": 4,
    "weight_decay": 0.05,
    "clip_norm": 1.0,
    "max_shift": 1,
    "precision": "float32",
}
Weights = dict[str, NDArray[Any]]
Data = tuple[NDArray[np.uint8], NDArray[np.int64]]
COLOURS = np.array([[200, 40, 40], [40, 200, 40], [40, 40, 200]], dtype=np.uint8)


@pytest.fixture(scope="module")
def pretrained() -> Weights:
    torch.manual_seed(0)
    return state_arrays(build_vision_tower(ARCHITECTURE))


@pytest.fixture(scope="module")
def head() -> Tensor:
    weights = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    return 10 * torch.nn.functional.normalize(weights, dim=1)


@pytest.fixture(scope="module")
def data() -> Data:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(96) % 3)
    noise = rng.integers(40, size=(96, 8, 8, 3), dtype=np.uint8)
    return COLOURS[labels][:, None, None, :] + noise, labels


def train(
    pretrained: Weights, head: Tensor, data: Data, seed: int = 0, **changes: Any
) -> torch.nn.Module:
    vision = build_vision_tower(ARCHITECTURE)
    load_weights(vision, pretrained)
    finetune(vision, ARCHITECTURE, head, *data, {**RECIPE, **changes}, seed)
    return vision


def accuracy(vision: torch.nn.Module, head: Tensor, data: Data) -> float:
    images, labels = data
    with torch.no_grad():
        logits = vision.eval()(normalize_images(images, ARCHITECTURE)) @ head.T
    return float((logits.argmax(dim=1).numpy() == labels).mean())


def test_finetuning_learns_the_task_and_leaves_the_head_alone(
    pretrained: Weights, head: Tensor, data: Data
) -> None:
    head_before = head.clone()
    tower = build_vision_tower(ARCHITECTURE)
    load_weights(tower, pretrained)
    assert accuracy(tower, head, data) < 0.8
    tuned = train(pretrained, head, data)
    assert accuracy(tuned, head, data) > 0.95
    assert not tuned.training
    torch.testing.assert_close(head, head_before)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_finetuning_is_reproducible_by_bytes(
    pretrained: Weights, head: Tensor, data: Data, precision: str
) -> None:
    short: dict[str, Any] = {"samples_seen": 96, "precision": precision}
    first = state_arrays(train(pretrained, head, data, **short))
    torch.randn(7)
    again = state_arrays(train(pretrained, head, data, **short))
    other = state_arrays(train(pretrained, head, data, seed=1, **short))
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)
    assert any(first[name].tobytes() != other[name].tobytes() for name in first)


def test_divergence_is_reported_with_its_step(
    pretrained: Weights, head: Tensor, data: Data
) -> None:
    with pytest.raises(FloatingPointError, match=r"fine-tuning diverged.*at step \d+"):
        train(pretrained, head, data, learning_rate=1e30, clip_norm=1e30, warmup_steps=0)


def test_labels_beyond_the_head_are_refused(pretrained: Weights, head: Tensor, data: Data) -> None:
    with pytest.raises(ValueError, match="label 2 is beyond the 2 classes"):
        train(pretrained, head[:2], data)


def test_shifts_move_whole_images_and_repeat_the_border() -> None:
    image = torch.arange(25, dtype=torch.uint8).reshape(1, 5, 5, 1).expand(64, 5, 5, 3)
    rng = np.random.default_rng(0)
    moved = shift_randomly(rng, image, max_shift=2)
    assert moved.shape == image.shape
    assert moved.dtype == torch.uint8
    padded = torch.from_numpy(np.pad(image[0].numpy(), ((2, 2), (2, 2), (0, 0)), mode="edge"))
    windows = {padded[y : y + 5, x : x + 5].numpy().tobytes() for y in range(5) for x in range(5)}
    found = {one.numpy().tobytes() for one in moved.contiguous()}
    assert found <= windows
    assert len(found) > 15
    assert shift_randomly(rng, image, max_shift=0) is image


def test_batches_are_full_and_pass_through_all_samples_before_repeating() -> None:
    batches = sample_batches(np.random.default_rng(0), samples=10, samples_seen=27, batch_size=4)
    assert [len(batch) for batch in batches] == [4] * 6
    order = np.concatenate(batches)
    assert sorted(order[:10]) == sorted(order[10:20]) == list(range(10))
    small = sample_batches(np.random.default_rng(0), samples=3, samples_seen=8, batch_size=8)
    assert [len(batch) for batch in small] == [8]


def test_learning_rate_rises_then_falls_to_zero() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    schedule = warmup_cosine(optimizer, warmup_steps=4, steps=12)
    rates = []
    for _ in range(13):
        rates.append(float(schedule.get_last_lr()[0]))
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(rates[:5], [0.5, 1.0, 1.5, 2.0, 2.0])
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[8] == pytest.approx(1.0)
    assert rates[12] == pytest.approx(0.0)


def test_contrastive_loss_counts_equal_captions_as_positives() -> None:
    target = torch.tensor([0, 1, 0])
    right = torch.tensor([[50.0, 0.0], [0.0, 50.0], [50.0, 0.0]])
    # Each of the two captions is found by its images; two images share the first.
    assert contrastive_loss(right, target).item() == pytest.approx(np.log(2) / 4, abs=1e-5)
    assert contrastive_loss(right.flip(1), target).item() > 20


def test_pretraining_matches_images_with_captions_reproducibly(data: Data) -> None:
    images, labels = data
    captions = [("red", "green", "blue")[label] for label in labels]
    tokenizer = WordTokenizer.from_texts(captions, context_length=4)
    recipe = {**RECIPE, "epochs": 8}
    clip = pretrain(images, captions, ARCHITECTURE, tokenizer, recipe, seed=0)
    with torch.no_grad():
        text = clip.encode_text(tokenizer(["red", "green", "blue"]), normalize=True)
    assert accuracy(clip.visual, text, data) > 0.95
    again = pretrain(images, captions, ARCHITECTURE, tokenizer, recipe, seed=0)
    for name, array in state_arrays(clip).items():
        assert array.tobytes() == state_arrays(again)[name].tobytes(), name


def test_pretraining_refuses_more_words_than_the_text_tower_has(data: Data) -> None:
    images, labels = data
    captions = [f"word{index}" for index in range(len(labels))]
    tokenizer = WordTokenizer.from_texts(captions, context_length=4)
    with pytest.raises(ValueError, match=r"vocabulary of 99 tokens.*vocab_size is 8"):
        pretrain(images, captions, ARCHITECTURE, tokenizer, {**RECIPE, "epochs": 1}, seed=0)
