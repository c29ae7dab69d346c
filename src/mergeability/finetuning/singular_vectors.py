"""The leading singular vectors of weight matrices, for regularizers that compare subspaces."""

from typing import NamedTuple

import torch
from torch import Tensor

from mergeability.tensors import TensorMap


class SingularVectors(NamedTuple):
    """Orthonormal bases of the leading singular subspaces of one matrix [m, n], up to signs."""

    left: Tensor  # [m, k]
    right: Tensor  # [n, k]

    def facing(self, matrix: Tensor, side: str) -> list[tuple[Tensor, Tensor]]:
        """`matrix` [m, n] with the vectors of one side, or of both, such that rows meet vectors.

        Right singular vectors are those of the rows, left ones those of the rows of the transpose.
        """
        left, right = (matrix.T, self.left), (matrix, self.right)
        return {"left": [left], "right": [right], "both": [left, right]}[side]


def leading_singular_vectors(weights: TensorMap, rank: int) -> dict[str, SingularVectors]:
    """Of every matrix (2-D weight), by name; computed in float64, returned as the weights are.

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
    narrow = _narrow(weight.double())
    of_rows = _leading_of_rows(narrow, rank)
    of_columns, _ = torch.linalg.qr(narrow @ of_rows)
    vectors = [vectors.to(weight.dtype).contiguous() for vectors in (of_columns, of_rows)]
    return SingularVectors(*(vectors if len(narrow) == len(weight) else reversed(vectors)))


def leading_energy(matrix: Tensor, rank: int) -> Tensor:
    """The sum of the `rank` largest squared singular values of `matrix`, differentiable.

    It is the maximum over orthonormal bases Q [n, rank] of ||W Q||^2. At a maximum the gradient
    does not depend on how Q changes with W (envelope theorem), so Q may be taken as constant: the
    gradient, 2 W Q Q^T, is exact and holds no difference of singular values to divide by, unlike
    that of the vectors.
    """
    narrow = _narrow(matrix)
    return (narrow @ _leading_of_rows(narrow.detach(), rank)).square().sum()


def _narrow(matrix: Tensor) -> Tensor:
    return matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T


def _leading_of_rows(narrow: Tensor, rank: int) -> Tensor:
    """Leading right singular vectors, as eigenvectors: far cheaper than an SVD, and as good."""
    _, vectors = torch.linalg.eigh(narrow.T @ narrow)  # ascending
    return vectors[:, -rank:]
