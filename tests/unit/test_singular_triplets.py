"""Singular triplets and orthonormal factors against matrices whose triplets are known."""

import pytest
import torch

from mergeability.mergers._svd import decorrelated, singular_triplets

pytestmark = pytest.mark.usefixtures("one_thread")

SHAPES = [(64, 48), (48, 64), (50, 50), (40, 7), (1, 9), (1, 1)]


def orthonormal(rows, columns, seed):
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(random).Q


def factors(shape, values, seed=0):
    """Singular vectors for the given singular values of a matrix."""
    left, right = (orthonormal(side, len(values), seed + i) for i, side in enumerate(shape))
    return left, right.mT


def spectra(size):
    """Of many kinds: name -> singular values, descending."""
    ones = torch.ones(size, dtype=torch.float64)
    falling = {f"10^-{k}": torch.logspace(0, -k, size, dtype=torch.float64) for k in (0.5, 2, 4, 5)}
    rest = size - int(0.6 * size) - 1
    mostly_ones = torch.cat([ones[rest:], torch.linspace(0.9, 0.1, rest, dtype=torch.float64)])
    low = ones[: max(1, size // 3)] * 7
    two = torch.cat([ones[: size // 2 + 1], 1e-4 * ones[size // 2 + 1 :]])
    return {
        "ones": ones,
        "mostly ones": mostly_ones,
        "low rank": low,
        "levels": two,
    } | falling


CASES = [(shape, name) for shape in SHAPES for name in spectra(1)]


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize(("shape", "name"), CASES)
def test_triplets_and_factor_of_known_matrices(shape, name, size):
    values = spectra(min(shape))[name]
    for seed in range(5):
        left, right = factors(shape, values, seed)
        found = singular_triplets(size * (left * values) @ right)
        assert len(found.spectrum) == len(values)
        torch.testing.assert_close(found.spectrum, size * values, rtol=1e-9, atol=0)
        torch.testing.assert_close(found.left @ found.right, left @ right, rtol=0, atol=1e-8)
        identity = torch.eye(len(values), dtype=torch.float64)
        torch.testing.assert_close(found.left.mT @ found.left, identity, rtol=0, atol=1e-9)
        torch.testing.assert_close(found.right @ found.right.mT, identity, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_a_factor_of_float32_is_decomposed_again(seed):
    """Most of its singular values are 1 up to rounding, where an SVD in float32 may give up."""
    values = spectra(96)["mostly ones"]
    left, right = factors((96, 300), values, seed)
    matrix = ((left * values) @ right).float().double()
    found = singular_triplets(matrix)
    torch.testing.assert_close(found.left * found.spectrum @ found.right, matrix, rtol=0, atol=1e-9)
    torch.testing.assert_close(found.left @ found.right, left @ right, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [*SHAPES, (5, 0), (0, 5)])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_zeros_and_noise_have_no_triplets(shape, noise):
    left, spectrum, right = singular_triplets(0.01 * noise * torch.ones(shape).double(), noise)
    assert left.shape == (shape[0], 0)
    assert spectrum.shape == (0,)
    assert right.shape == (0, shape[1])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("most", [0, 1, 3, 100])
def test_at_most_so_many(shape, most):
    values = spectra(min(shape))["10^-5"]
    left, right = factors(shape, values)
    found = singular_triplets((left * values) @ right, most=most)
    torch.testing.assert_close(found.spectrum, values[:most], rtol=1e-9, atol=0)


@pytest.mark.parametrize("counts", [(5,), (5, 5), (9, 2), (0, 4), (0, 0), (3, 4, 5), (20, 20)])
@pytest.mark.parametrize("angle", [1.0, 1e-2, 1e-4])
def test_decorrelated_blocks_are_the_nearest_orthonormal_columns(counts, angle):
    """Blocks whose columns are nearly those of the block before, against LAPACK's SVD."""
    common = orthonormal(80, max(counts), 0)
    blocks = [
        torch.linalg.qr(common[:, :k] + angle * orthonormal(80, k, i + 1)).Q
        for i, k in enumerate(counts)
    ]
    found = decorrelated(blocks)
    left, _, right = torch.linalg.svd(torch.cat(blocks, dim=1), full_matrices=False)
    torch.testing.assert_close(found, left @ right, rtol=0, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_copies_of_a_block_share_their_range(count):
    block = orthonormal(12, 5, 0)
    found = decorrelated([block] * count)
    torch.testing.assert_close(found, torch.cat([block] * count, dim=1) / count**0.5)
