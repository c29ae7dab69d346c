"""Regularizers act on the weights, as their formulas say."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_training import (
    ARCHITECTURE,
    colour_data,
    colour_head,
    pretrained_weights,
    train,
)
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from mergeability.backbones.architecture import (
    build_vision_tower,
    load_weights,
    normalize_images,
)
from mergeability.finetuning.regularizers import Losses, prepare_regularizer
from mergeability.finetuning.singular_vectors import leading_energy, leading_singular_vectors
from mergeability.plugins import REGULARIZERS

RANK = 2
ENTRIES: dict[str, dict[str, Any]] = {
    "weight_distance": {"method": "weight_distance"},
    "gradient_magnitude": {"method": "gradient_magnitude"},
    **{
        f"{method}, {side}": {"method": method, "rank": RANK, "side": side}
        for method in ("task_vector_subspace", "singular_alignment")
        for side in ("left", "right", "both")
    },
}
OF_WEIGHTS = sorted(ENTRIES.keys() - {"gradient_magnitude"})
Named = dict[str, nn.Parameter]

pytestmark = pytest.mark.usefixtures("one_thread")


def pretrained_tower() -> nn.Module:
    vision = build_vision_tower(ARCHITECTURE)
    load_weights(vision, pretrained_weights())
    return vision.train()


def move(vision: nn.Module, distance: float, seed: int = 0) -> None:
    """Add noise of this standard deviation to all weights."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in vision.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator), alpha=distance)


class Tuned:
    """A tower in double precision, some way from its pretrained weights; its loss is in parts."""

    def __init__(self, entry: dict[str, Any], distance: float = 0.05) -> None:
        self.vision = pretrained_tower().double()
        self.weights: Named = dict(self.vision.named_parameters())
        self.regularize = prepare_regularizer({"strength": 1.0, **entry}, self.weights)
        move(self.vision, distance)
        images, labels = colour_data()
        self.inputs = normalize_images(images[:12], ARCHITECTURE).double()
        self.target, self.head = torch.from_numpy(labels[:12]), colour_head().double()

    def losses(self) -> Iterator[Tensor]:
        for part in (slice(0, 5), slice(5, 12)):
            features = normalize(self.vision(self.inputs[part]), dim=-1)
            loss = cross_entropy(features @ self.head.T, self.target[part], reduction="sum")
            yield loss / len(self.target)

    def penalty_and_gradient(self) -> tuple[float, dict[str, Tensor]]:
        """The penalty, and what regularizing adds to the gradient of the loss."""
        self.vision.zero_grad()
        for loss in self.losses():
            loss.backward()
        before = {name: gradient_of(weight).clone() for name, weight in self.weights.items()}
        losses: Losses = self.losses
        penalty = float(self.regularize(self.weights, losses))
        added = {name: gradient_of(weight) - before[name] for name, weight in self.weights.items()}
        return penalty, added


def gradient_of(weight: nn.Parameter) -> Tensor:
    assert weight.grad is not None
    return weight.grad


def norm(tensors: dict[str, Tensor]) -> float:
    return float(torch.stack([tensor.square().sum() for tensor in tensors.values()]).sum().sqrt())


def test_every_regularizer_is_tested() -> None:
    assert {entry["method"] for entry in ENTRIES.values()} == set(REGULARIZERS.names())


@pytest.mark.parametrize("name", ENTRIES)
def test_the_gradient_is_that_of_the_penalty(name: str) -> None:
    """Against central differences along random directions."""
    tuned = Tuned(ENTRIES[name])
    _, gradient = tuned.penalty_and_gradient()
    assert norm(gradient) > 1e-3
    step = 1e-6
    for seed in range(3):
        generator = torch.Generator().manual_seed(100 + seed)
        direction = {
            key: torch.randn(weight.shape, generator=generator, dtype=torch.float64)
            for key, weight in tuned.weights.items()
        }
        penalties = []
        for way in (step, -2 * step, step):  # to the one side, to the other, and back
            with torch.no_grad():
                for key, weight in tuned.weights.items():
                    weight.add_(direction[key], alpha=way)
            penalties.append(tuned.penalty_and_gradient()[0])
        slope = (penalties[0] - penalties[1]) / (2 * step)
        expected = sum(float((gradient[key] * direction[key]).sum()) for key in gradient)
        assert slope == pytest.approx(expected, rel=1e-6, abs=1e-7 * norm(gradient))


@pytest.mark.parametrize("name", OF_WEIGHTS)
def test_nothing_is_penalised_at_the_pretrained_weights(name: str) -> None:
    penalty, gradient = Tuned(ENTRIES[name], distance=0).penalty_and_gradient()
    assert penalty == pytest.approx(0, abs=1e-12)
    assert norm(gradient) < 1e-12


@pytest.mark.parametrize("name", ENTRIES)
def test_the_gradient_grows_with_the_strength(name: str) -> None:
    penalty, gradient = Tuned(ENTRIES[name]).penalty_and_gradient()
    same_penalty, threefold = Tuned({**ENTRIES[name], "strength": 3.0}).penalty_and_gradient()
    assert same_penalty == penalty
    for key, part in gradient.items():
        torch.testing.assert_close(threefold[key], 3 * part)


def test_the_magnitude_of_the_gradient_as_published_has_no_gradient() -> None:
    """Squares of what `.grad` holds are constants: adding them to the loss changes nothing."""
    tuned = Tuned(ENTRIES["gradient_magnitude"])
    loss = sum(tuned.losses(), start=torch.zeros(()))
    loss.backward(retain_graph=True)
    plain = {name: gradient_of(weight).clone() for name, weight in tuned.weights.items()}
    published = torch.stack([gradient.square().sum() for gradient in plain.values()]).sum()
    assert published > 0
    assert not published.requires_grad
    tuned.vision.zero_grad()
    (loss + 1000 * published).backward()
    for name, weight in tuned.weights.items():
        assert torch.equal(gradient_of(weight), plain[name])


def test_the_alignment_as_published_has_no_gradient() -> None:
    """Singular vectors that were taken without a gradient are constants."""
    matrix = torch.randn(6, 5, requires_grad=True, generator=torch.Generator().manual_seed(0))
    start = torch.linalg.svd(torch.randn(6, 5))[2][:RANK]
    with torch.no_grad():
        current = torch.linalg.svd(matrix)[2][:RANK]
    published = (torch.eye(RANK) - start @ current.T).square().sum()
    assert published > 0
    assert not published.requires_grad


# What a stronger penalty must do to a short training.

RATES = {"gradient_magnitude": 0.002}  # its steps are long at first


def outcome(method: str, strength: float) -> tuple[float, nn.Module]:
    """The penalty after training with SGD, and the tower."""
    entry = {**next(e for e in ENTRIES.values() if e["method"] == method), "strength": strength}
    changes = {"learning_rate": RATES.get(method, 0.02), "weight_decay": 0.0, "clip_norm": 100.0}
    tuned = train(
        colour_data(), optimizer="sgd", momentum=0.0, max_shift=0, regularizer=entry, **changes
    )
    measured = Tuned(entry)
    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            measured.weights[name].copy_(weight)
    return measured.penalty_and_gradient()[0], tuned


@pytest.mark.parametrize(
    ("method", "strengths"),
    [
        ("weight_distance", (0.0, 1.0, 10.0)),
        ("gradient_magnitude", (0.0, 0.01, 0.1)),
        ("task_vector_subspace", (0.0, 1.0, 10.0)),
        ("singular_alignment", (0.0, 0.1, 1.0)),
    ],
)
def test_more_strength_leaves_less_of_the_penalty(
    method: str, strengths: tuple[float, float, float]
) -> None:
    none, some, much = (outcome(method, strength)[0] for strength in strengths)
    assert none > 1.3 * some
    assert some > 1.3 * much


def overlap(one: nn.Module, other: nn.Module) -> float:
    """Mean over matrices of the sum of squared cosines between leading left subspaces."""
    bases = [
        leading_singular_vectors({k: w.detach() for k, w in m.named_parameters()}, RANK)
        for m in (one, other)
    ]
    shared = [
        float((bases[0][name].left.T @ bases[1][name].left).square().sum()) for name in bases[0]
    ]
    return float(np.mean(shared))


def test_alignment_keeps_the_leading_subspaces_closer() -> None:
    start = pretrained_tower()
    free, bound = (overlap(start, outcome("singular_alignment", s)[1]) for s in (0.0, 1.0))
    assert free < bound <= RANK + 1e-5


# Subspaces.


def matrices(seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(7, 5, generator=generator).double() for _ in range(2))  # type: ignore


def aligned(start: Tensor, current: Tensor, side: str) -> float:
    """The penalty of `singular_alignment` on one matrix."""
    entry = {"method": "singular_alignment", "strength": 1.0, "rank": RANK, "side": side}
    penalty = prepare_regularizer(entry, {"matrix": start})
    return float(penalty({"matrix": current.clone().requires_grad_()}, lambda: iter(())))


@given(st.integers(0, 10**6), st.sampled_from(["left", "right"]))
@settings(max_examples=50, deadline=None)
def test_alignment_is_bounded_by_the_angle_and_the_gap(seed: int, side: str) -> None:
    start, current = matrices(seed)
    values = torch.linalg.svdvals(current)
    bases = [leading_singular_vectors({"m": m}, RANK)["m"] for m in (start, current)]
    cosines = getattr(bases[0], side).T @ getattr(bases[1], side)
    sines = RANK - float(cosines.square().sum())
    unit = float(torch.linalg.svdvals(start)[:RANK].square().mean())
    gap = float(values[RANK - 1].square() - values[RANK].square())
    assert aligned(start, current, side) >= gap * sines / unit - 1e-10
    assert aligned(start, 3 * start, side) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("side", ["left", "right"])
def test_alignment_is_the_angle_where_the_leading_singular_values_are_equal(side: str) -> None:
    start, current = (
        leading_singular_vectors({"m": matrix}, RANK)["m"] for matrix in matrices(seed=1)
    )
    sines = RANK - float((getattr(start, side).T @ getattr(current, side)).square().sum())
    flat = [2 * basis.left @ basis.right.T for basis in (start, current)]
    assert aligned(flat[0], flat[1], side) == pytest.approx(sines)


def test_equal_singular_values_do_no_harm() -> None:
    """Where the gradient of singular vectors is not a number, that of the energy is right."""
    twice = torch.diag(torch.tensor([2.0, 2.0, 1.0, 1.0])).double().requires_grad_()
    torch.linalg.svd(twice)[2][:2].sum().backward()
    assert not gradient_of_tensor(twice).isfinite().all()
    twice.grad = None
    leading_energy(twice, 2).backward()
    torch.testing.assert_close(gradient_of_tensor(twice).diag().sum().item(), 8.0)
    assert gradient_of_tensor(twice).isfinite().all()


def gradient_of_tensor(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


@given(st.integers(0, 10**6), st.integers(1, 4), st.booleans())
@settings(max_examples=50, deadline=None)
def test_leading_energy_sums_squared_singular_values(seed: int, rank: int, wide: bool) -> None:
    matrix = matrices(seed)[0]
    energy = leading_energy(matrix.T if wide else matrix, rank)
    torch.testing.assert_close(energy, torch.linalg.svdvals(matrix)[:rank].square().sum())


@given(st.integers(0, 10**6), st.integers(1, 4), st.booleans())
@settings(max_examples=50, deadline=None)
def test_leading_vectors_span_what_the_svd_says(seed: int, rank: int, wide: bool) -> None:
    matrix = matrices(seed)[0].T if wide else matrices(seed)[0]
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    found = leading_singular_vectors({"m": matrix}, rank)["m"]
    for basis, exact in ((found.left, left[:, :rank]), (found.right, right[:rank].T)):
        torch.testing.assert_close(basis @ basis.T, exact @ exact.T, rtol=0, atol=1e-6)


def test_inside_of_the_subspace_a_task_vector_is_free() -> None:
    start, noise = matrices(seed=2)
    basis = leading_singular_vectors({"m": start}, RANK)["m"]
    inside = {
        "right": noise @ basis.right @ basis.right.T,
        "left": basis.left @ basis.left.T @ noise,
    }
    for side, update in inside.items():
        penalty = prepare_regularizer(
            {"method": "task_vector_subspace", "strength": 1.0, "rank": RANK, "side": side},
            {"matrix": start, "bias": torch.zeros(5).double()},
        )
        bias = torch.ones(5).double()
        for moved, expected in ((update, 0.0), (noise, (noise - update).square().sum().item())):
            weights = {"matrix": (start + moved).requires_grad_(), "bias": bias}
            value = float(penalty(weights, lambda: iter(())))
            assert value == pytest.approx(expected, abs=1e-12)


def test_a_rank_that_leaves_nothing_outside_is_refused() -> None:
    entry = {"method": "task_vector_subspace", "strength": 1.0, "rank": 5}
    with pytest.raises(ValueError, match=r"rank 5 is too large for 'm' of shape \(7, 5\).*most 4"):
        prepare_regularizer(entry, {"m": torch.zeros(7, 5)})
