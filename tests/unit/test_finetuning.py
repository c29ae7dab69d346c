"""Training loops: reproducible, improving, and clear when they fail."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from small_training import (
    ARCHITECTURE,
    RECIPE,
    Data,
    colour_data,
    colour_head,
    pretrained_weights,
    train,
)
from torch import Tensor

from mergeability.backbones.architecture import (
    build_vision_tower,
    load_weights,
    normalize_images,
    state_arrays,
)
from mergeability.backbones.pretraining import contrastive_loss, pretrain
from mergeability.backbones.tokenizer import WordTokenizer
from mergeability.finetuning.augmentation import shift_randomly
from mergeability.finetuning.loop import finetune
from mergeability.optimization import sample_batches, warmup_cosine

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def head() -> Tensor:
    return colour_head()


@pytest.fixture(scope="module")
def data() -> Data:
    return colour_data()


def accuracy(vision: torch.nn.Module, head: Tensor, data: Data) -> float:
    images, labels = data
    with torch.no_grad():
        logits = vision.eval()(normalize_images(images, ARCHITECTURE)) @ head.T
    return float((logits.argmax(dim=1).numpy() == labels).mean())


def largest_difference(one: torch.nn.Module, other: torch.nn.Module) -> float:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((a - b).abs().max().detach()) for a, b in pairs)


def test_finetuning_learns_the_task_and_leaves_the_head_alone(head: Tensor, data: Data) -> None:
    tower = build_vision_tower(ARCHITECTURE)
    load_weights(tower, pretrained_weights())
    assert accuracy(tower, head, data) < 0.8
    head_before = head.clone()
    finetune(tower, ARCHITECTURE, head, *data, RECIPE, seed=0)
    assert accuracy(tower, head, data) > 0.95
    assert not tower.training
    torch.testing.assert_close(head, head_before)


def test_finetuning_learns_with_sgd_too(head: Tensor, data: Data) -> None:
    tuned = train(data, optimizer="sgd", momentum=0.9, learning_rate=0.05)
    assert accuracy(tuned, head, data) > 0.95


def test_momentum_and_weight_decay_reach_the_optimizer(data: Data) -> None:
    short: dict[str, Any] = {"optimizer": "sgd", "samples_seen": 96}
    plain = train(data, **short, momentum=0.0)
    assert largest_difference(plain, train(data, **short, momentum=0.9)) > 1e-5
    assert largest_difference(plain, train(data, **short, momentum=0.0, weight_decay=1.0)) > 1e-5


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_finetuning_is_reproducible_by_bytes(data: Data, precision: str) -> None:
    short: dict[str, Any] = {"samples_seen": 96, "precision": precision}
    first = state_arrays(train(data, **short))
    torch.randn(7)
    again = state_arrays(train(data, **short))
    other = state_arrays(train(data, seed=1, **short))
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)
    assert any(first[name].tobytes() != other[name].tobytes() for name in first)


@pytest.mark.parametrize("accumulation", [2, 3, 32])
@pytest.mark.parametrize("regularizer", ["none", "gradient_magnitude", "weight_distance"])
def test_a_batch_in_parts_has_the_gradient_of_the_whole(
    data: Data, accumulation: int, regularizer: str
) -> None:
    """With SGD a step is proportional to the gradient; 32 samples do not divide by 3."""
    recipe: dict[str, Any] = {
        "optimizer": "sgd", "momentum": 0.0, "samples_seen": 96, "clip_norm": 1e9,
        "learning_rate": 0.1, "warmup_steps": 0, "batch_size": 32,
    }  # fmt: skip
    if regularizer != "none":
        recipe["regularizer"] = {"method": regularizer, "strength": 0.1}
    whole = train(data, **recipe)
    parts = train(data, **recipe, accumulation=accumulation)
    assert largest_difference(whole, parts) < 2e-6


def test_an_epoch_is_one_pass_over_the_data(data: Data) -> None:
    by_epochs = {key: value for key, value in RECIPE.items() if key != "samples_seen"}
    tower = build_vision_tower(ARCHITECTURE)
    load_weights(tower, pretrained_weights())
    finetune(tower, ARCHITECTURE, colour_head(), *data, {**by_epochs, "epochs": 2}, seed=0)
    assert largest_difference(tower, train(data, samples_seen=2 * 96)) == 0


def test_images_need_not_be_an_array(data: Data) -> None:
    class OnDemand:
        """Nothing but what training may ask for."""

        def __getitem__(self, batch: NDArray[np.int64]) -> NDArray[np.uint8]:
            return data[0][batch]

    lazy = train((OnDemand(), data[1]), samples_seen=96)  # type: ignore[arg-type]
    assert largest_difference(lazy, train(data, samples_seen=96)) == 0


def test_divergence_is_reported_with_its_step(data: Data) -> None:
    with pytest.raises(FloatingPointError, match=r"fine-tuning diverged.*at step \d+"):
        train(data, learning_rate=1e30, clip_norm=1e30, warmup_steps=0)


def test_labels_beyond_the_head_are_refused(data: Data) -> None:
    images, labels = data
    with pytest.raises(ValueError, match="label 3 is beyond the 3 classes"):
        train((images, labels + 1))


def test_a_batch_larger_than_the_data_is_refused(data: Data) -> None:
    with pytest.raises(ValueError, match="batch_size 97 is larger than the 96 training samples"):
        train(data, batch_size=97)


def test_float16_is_refused_without_cuda(data: Data) -> None:
    with pytest.raises(ValueError, match="float16 needs a CUDA device"):
        train(data, precision="float16")


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
