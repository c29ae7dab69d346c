"""Singular value decompositions that several mergers share; not a method.

Everything comes from eigenvectors of Gram matrices in float64, which take a fraction of the time of
an SVD and are found for every finite matrix. LAPACK's SVD gives up on some matrices in which many
singular values are equal.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mergeability.mergers import TaskVectors, each_tensor
from mergeability.tensors import TensorMap

_ROUNDING = torch.finfo(torch.float32).eps  # of the weights that are merged, whatever holds them
_SPAN = 1e-3  # of singular values that one Gram matrix resolves: to 1e-16 / 1e-3^2


class Triplets(NamedTuple):
    """The largest singular values of a matrix [m, n], above its noise, and their vectors."""

    left: Tensor  # float64 [m, r]
    spectrum: Tensor  # float64 [r], descending, above 0
    right: Tensor  # float64 [r, n]


def merge_matrices(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    combine: Callable[[Tensor, float], Tensor],
    scale: float,
    others: Callable[[Tensor], Tensor] = lambda updates: updates.mean(dim=0),
) -> dict[str, Tensor]:
    """theta_0 + scale * combine(T, noise) for matrices, theta_0 + scale * others(T) for the rest.

    T are the stacked updates [models, ...], of matrices in float64. `noise` is the spectral norm of
    what rounding may have left in an update (see `rounding_noise`).
    """

    def merge(name: str, weight: Tensor) -> Tensor:
        updates = torch.stack([tau[name] for tau in task_vectors.values()])
        if weight.dim() != 2:
            return weight + scale * others(updates)
        noise = rounding_noise(weight.shape, float(weight.double().square().mean().sqrt()))
        return weight + scale * combine(updates.double(), noise).to(weight.dtype)

    return each_tensor(pretrained, merge)


def rounding_noise(shape: torch.Size, size: float) -> float:
    """The spectral norm of random errors in a matrix [m, n] whose entries have the given size.

    epsilon * size * (sqrt(m) + sqrt(n)), with the epsilon of float32 (Vershynin 2018,
    "High-dimensional probability", theorem 4.4.5).
    """
    return _ROUNDING * size * sum(side**0.5 for side in shape)


def singular_triplets(matrix: Tensor, noise: float = 0.0, most: int | None = None) -> Triplets:
    """The singular triplets of a float64 matrix [m, n]; with `most`, so many of the largest.

    Only singular values above `noise`, and above the rounding noise of the largest one, count:
    vectors of smaller ones are arbitrary. A matrix of zeros has none.
    """
    most = min(matrix.shape) if most is None else most
    if not most or not matrix.any():
        return Triplets(matrix[:, :0], matrix.new_empty(0), matrix[:0])
    if matrix.shape[0] < matrix.shape[1]:
        right, spectrum, left = singular_triplets(matrix.mT, noise, most)
        return Triplets(left.mT, spectrum, right.mT)
    unit = matrix.abs().max()  # without it, squares of tiny and huge numbers are none
    left, spectrum, right = _triplets(matrix / unit, noise / float(unit), most)
    return Triplets(left, spectrum * unit, right)


def _triplets(tall: Tensor, noise: float, most: int) -> Triplets:
    """From the Gram matrix of the columns, and where it resolves too little, step by step."""
    squares, vectors = torch.linalg.eigh(tall.mT @ tall)  # ascending
    sizes, vectors = squares.flip(0).clamp(min=0).sqrt(), vectors.flip(1)
    noise = max(noise, rounding_noise(tall.shape, float(sizes[0])))
    found = min(most, int((sizes > max(noise, _SPAN * float(sizes[0]))).sum()))
    right, others = vectors[:, :found], vectors[:, found:]
    left = tall @ right / sizes[:found]
    triplets = Triplets(left, sizes[:found], right.mT)
    if found == min(most, len(sizes)) or sizes[found] <= noise:
        return triplets
    rest = tall @ others
    rest -= left @ (left.mT @ rest)
    below = _triplets(rest, noise, most - found)
    return Triplets(
        torch.cat([left, below.left], dim=1),
        torch.cat([triplets.spectrum, below.spectrum]),
        torch.cat([triplets.right, below.right @ others.mT]),
    )


def decorrelated(blocks: Sequence[Tensor]) -> Tensor:
    """The nearest matrix with orthonormal columns to blocks [m, k_i] of such columns side by side.

    It is P Q^T of [B_1, ..., B_n] = P D Q^T (the orthogonal Procrustes problem), on the range of
    the blocks. Of two blocks with B_1^T B_2 = X cos(t) Y^T, the singular values are
    sqrt(1 + cos(t)) and sqrt(1 - cos(t)), each pair in the plane of two columns of B_1 X and B_2 Y.
    """
    if len(blocks) != 2:
        left, _, right = singular_triplets(torch.cat(list(blocks), dim=1))
        return left @ right
    first, second = blocks
    turn, cosines, other = singular_triplets(first.mT @ second)
    first_turned, second_turned = first @ turn, second @ other.mT
    lost = rounding_noise(first.shape, 2**0.5) ** 2
    wide, narrow = (1 + cosines).rsqrt(), (1 - cosines).clamp(min=lost).rsqrt()
    narrow = torch.where(1 - cosines > lost, narrow, 0.0)
    kept, swapped = (wide + narrow) / 2 - 1, (wide - narrow) / 2
    first = first + (first_turned * kept + second_turned * swapped) @ turn.mT
    second = second + (second_turned * kept + first_turned * swapped) @ other
    return torch.cat([first, second], dim=1)
