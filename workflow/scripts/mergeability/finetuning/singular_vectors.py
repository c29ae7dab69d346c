"""The leading singular vectors of weight matrices, for regularizers that compare subspaces."""

from typing import NamedTuple

import torch
from torch import Tensor

from mergeability.tensors import TensorMap


class SingularVectors(NamedTuple):
    """The leading k singular triplets of one matrix [m, n], in its own precision."""

    left: Tensor  # [m, k], orthonormal columns
    right: Tensor  # [n, k]
    values: Tensor  # [k], descending

    def facing(self, matrix: Tensor, side: str) -> list[tuple[Tensor, Tensor]]:
        """`matrix` [m, n] with the vectors of one side, or of both, such that rows meet vectors.

        Right singular vectors are those of the rows, left ones those of the rows of the transpose.
        """
        left, right = (matrix.T, self.left), (matrix, self.right)
        return {"left": [left], "right": [right], "both": [left, right]}[side]


def leading_singular_vectors(weights: TensorMap, rank: int) -> dict[str, SingularVectors]:
    """Of every matrix (2-D weight), by name; decomposed in float64.

    Raises `ValueError` for a `rank` at or above the smaller side of a matrix: its subspace would
    hold everything.
    """
    return {
        name: _leading(name, weight, rank) for name, weight in weights.items() if weight.ndim == 2
    }


def _leading(name: str, weight: Tensor, rank: int) -> SingularVectors:
    if rank >= min(weight.shape):
        raise ValueError(
            f"regularizer.rank {rank} is too large for {name!r} of shape {tuple(weight.shape)}; "
            f"choose at most {min(weight.shape) - 1}"
        )
    left, values, right = torch.linalg.svd(weight.double(), full_matrices=False)
    vectors = left[:, :rank], right[:rank].T, values[:rank]
    return SingularVectors(*(part.to(weight.dtype).contiguous() for part in vectors))


def leading_energy(matrix: Tensor, rank: int) -> Tensor:
    """The sum of the `rank` largest squared singular values of `matrix`, differentiable.

    It is the maximum over orthonormal bases Q [n, rank] of ||W Q||^2. At a maximum the gradient
    does not depend on how Q changes with W (envelope theorem), so Q may be taken as constant: the
    gradient, 2 W Q Q^T, is exact and holds no difference of singular values to divide by, unlike
    that of the vectors.
    """
    narrow = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    with torch.no_grad():
        _, vectors = torch.linalg.eigh(narrow.T @ narrow)  # ascending
    return (narrow @ vectors[:, -rank:]).square().sum()
