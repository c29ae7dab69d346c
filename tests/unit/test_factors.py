"""Singular subspaces from Gram matrices against those of a thin SVD."""

import numpy as np
import pytest
import torch

from mergeability.metrics.factors import (
    from_gram_matrix,
    from_svd,
    numerical_rank,
    rounding_noise,
    singular_factors,
)
from mergeability.metrics.geometry import row_space_overlap

SHAPES = [(90, 40), (40, 90), (60, 60), (60, 8)]
RANK, SPECTRUM = 10, 30


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other take seconds over matrices of this size."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def matrix(shape, singular_values, seed=0):
    """A random matrix with the given singular values."""
    generator = torch.Generator().manual_seed(seed)
    left, _, right = torch.linalg.svd(
        torch.randn(shape, generator=generator, dtype=torch.float64), full_matrices=False
    )
    return (left * singular_values) @ right


def decades(shape, count):
    """Singular values from 1 down to 10^-count."""
    return torch.logspace(0, -count, min(shape), dtype=torch.float64)


def update(shape, seed=0):
    """What fine-tuning does, roughly: a few strong directions and noise, in float32."""
    generator = torch.Generator().manual_seed(seed)
    left, right = (torch.randn(size, 3, generator=generator) for size in shape)
    return 3 * left @ right.T + torch.randn(shape, generator=generator)


def sizes(shape):
    return min(RANK, *shape), min(SPECTRUM, *shape)


def assert_same_subspaces(first, second, tolerance):
    torch.testing.assert_close(first.spectrum, second.spectrum, rtol=1e-6, atol=1e-12)
    for name in ("left_top", "right_top", "right_bottom"):
        a, b = getattr(first, name), getattr(second, name)
        assert a.shape == b.shape
        identity = torch.eye(len(a), dtype=torch.float64)
        torch.testing.assert_close(a @ a.T, identity, rtol=0, atol=1e-10)
        torch.testing.assert_close(a.T @ a, b.T @ b, rtol=0, atol=tolerance, msg=name)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [0.5, 2, 4])
def test_subspaces_are_those_of_the_svd(shape, count):
    """Condition numbers up to 10^4, whose squares leave half of the digits."""
    example = matrix(shape, decades(shape, count))
    fast = from_gram_matrix(example, *sizes(shape))
    assert fast is not None
    assert_same_subspaces(fast, from_svd(example, *sizes(shape)), 1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_updates_of_float32_take_the_fast_way(shape):
    example = update(shape).double()
    assert from_gram_matrix(example, *sizes(shape)) is not None
    assert_same_subspaces(
        singular_factors(update(shape), RANK, SPECTRUM), from_svd(example, *sizes(shape)), 1e-10
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_smallest_singular_values_in_the_noise_take_the_svd(shape):
    example = matrix(shape, decades(shape, 9))
    assert from_gram_matrix(example, *sizes(shape)) is None
    assert_same_subspaces(
        singular_factors(example, RANK, SPECTRUM), from_svd(example, *sizes(shape)), 1e-12
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rank", [1, 5])
def test_deficient_ranks_take_the_svd(shape, rank):
    values = decades(shape, 1)
    values[rank:] = 0
    example = matrix(shape, values)
    assert from_gram_matrix(example, *sizes(shape)) is None
    factors = singular_factors(example, RANK, SPECTRUM)
    torch.testing.assert_close(factors.spectrum[:rank], values[:rank])
    assert factors.spectrum[rank:].max() < 1e-12


@pytest.mark.parametrize("shape", [*SHAPES, (5, 1), (1, 5), (1, 1)])
def test_a_zero_matrix_has_no_subspaces(shape):
    zero = singular_factors(torch.zeros(shape), RANK, SPECTRUM)
    other = singular_factors(torch.ones(shape), RANK, SPECTRUM)
    for name, factor in zero._asdict().items():
        assert factor.shape == getattr(other, name).shape
        assert factor.dtype == torch.float64
        assert not factor.any()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("part", ["left_top", "right_top", "right_bottom"])
def test_overlaps_agree_to_eight_digits(shape, part):
    examples = [matrix(shape, decades(shape, 4), seed) for seed in (1, 2)]
    fast, slow = (
        row_space_overlap(*(getattr(way(m, *sizes(shape)), part).numpy() for m in examples))
        for way in (from_gram_matrix, from_svd)
    )
    assert fast == pytest.approx(slow, rel=1e-8)


def low_rank(shape, rank, seed=0):
    generator = torch.Generator().manual_seed(seed)
    left, right = (torch.randn(size, rank, generator=generator) for size in shape)
    return 0.01 * left.double() @ right.double().T


def merged(shape, addition, kind):
    """Pretrained weights, and the update of a checkpoint in `kind` that adds something to them."""
    before = 0.05 * torch.randn(shape, generator=torch.Generator().manual_seed(9))
    return before, (before.double() + addition).to(kind).float() - before


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("rank", [1, 3, 6])
def test_of_merged_adapters_only_the_directions_that_were_added_count(shape, kind, rank):
    added = low_rank(shape, rank)
    before, tau = merged(shape, added, kind)
    factors = singular_factors(tau, RANK, SPECTRUM, rounding_noise(before, tau))
    exact = singular_factors(added, rank, SPECTRUM)
    assert not factors.spectrum[rank:].any()
    assert factors.spectrum[:rank].all()
    for found, expected in (
        (factors.left_top[:rank], exact.left_top),
        (factors.right_top[:rank], exact.right_top),
        (factors.right_bottom[-rank:], exact.right_top),
    ):
        assert row_space_overlap(found.numpy(), expected.numpy()) == pytest.approx(1, abs=1e-3)
    for part in (factors.left_top[rank:], factors.right_top[rank:], factors.right_bottom[:-rank]):
        assert not part.any()


@pytest.mark.parametrize("rank", [RANK + 1, 20, 39])
def test_bottom_directions_of_a_deficient_rank_are_its_last(rank):
    """Beyond k directions nothing is padded; the null space of the update stays out."""
    added = low_rank((90, 40), rank)
    before, tau = merged((90, 40), added, torch.float32)
    factors = singular_factors(tau, RANK, SPECTRUM, rounding_noise(before, tau))
    row_space = torch.linalg.svd(added)[2][:rank]
    torch.testing.assert_close(
        (factors.right_bottom @ row_space.T).norm(dim=1).numpy(), np.ones(RANK), rtol=0, atol=1e-4
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_full_rank_updates_are_the_same_bit_for_bit_whatever_rounding_may_do(shape):
    before, tau = merged(shape, 1e-3 * update(shape), torch.float32)
    noise = rounding_noise(before, tau)
    for got, expected in zip(
        singular_factors(tau, RANK, SPECTRUM, noise),
        singular_factors(tau, RANK, SPECTRUM),
        strict=True,
    ):
        assert torch.equal(got, expected)


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("shape", SHAPES)
def test_an_update_of_rounding_errors_alone_has_no_subspaces(shape, kind):
    before, tau = merged(shape, 0.0, kind)
    tau[0, 0] += torch.finfo(torch.float32).eps * before[0, 0]
    assert not any(f.any() for f in singular_factors(tau, 4, 4, rounding_noise(before, tau)))


@pytest.mark.parametrize("seed", range(20))
def test_a_small_last_singular_value_of_a_square_update_is_no_noise(seed):
    """It may be far below the largest one of noise, and is a direction of the update."""
    before, tau = merged((40, 40), 1e-4 * update((40, 40), seed), torch.float32)
    spectrum = torch.linalg.svdvals(tau.double())
    assert numerical_rank(spectrum, tau.shape, rounding_noise(before, tau)) == 40
