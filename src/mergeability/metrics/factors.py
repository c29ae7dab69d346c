"""The part of a singular value decomposition that the subspace metrics look at."""

from typing import NamedTuple

import torch
from torch import Tensor

# Angle by which squaring may turn a subspace before the thin SVD is taken; the step of refinement
# leaves its square.
_TOLERANCE = 1e-5


class Factors(NamedTuple):
    """Singular values of a matrix [m, n], and k <= min(m, n) of its singular vectors as rows."""

    spectrum: Tensor  # float64 [<= spectrum_size], descending
    left_top: Tensor  # float64 [k, m]
    right_top: Tensor  # float64 [k, n]
    right_bottom: Tensor  # float64 [k, n]


def singular_factors(matrix: Tensor, rank: int, spectrum_size: int) -> Factors:
    """The `spectrum_size` largest singular values and the first and last `rank` singular vectors.

    All zero for a zero matrix, which has no singular subspaces. From the eigenvectors of the Gram
    matrix of the shorter side, in a third of the time of a thin SVD. Rounding moves its eigenvalues
    by about epsilon * s_1^2 and so turns a subspace by that over the gap between the eigenvalues at
    its border, which is too much for the smallest ones; a first-order correction, computed from the
    matrix itself, brings them to the accuracy of an SVD. Where a gap, or a singular value whose
    direction is asked for, is below epsilon * s_1^2 / 1e-5, first order is not enough, and the thin
    SVD is taken: for ranks below the shorter side, and for condition numbers above 10^5.
    """
    matrix = matrix.double()
    rank, spectrum_size = min(rank, *matrix.shape), min(spectrum_size, *matrix.shape)
    if not matrix.any():
        left, right = (matrix.new_zeros(rank, size) for size in matrix.shape)
        return Factors(matrix.new_zeros(spectrum_size), left, right, right)
    return from_gram_matrix(matrix, rank, spectrum_size) or from_svd(matrix, rank, spectrum_size)


def from_svd(matrix: Tensor, rank: int, spectrum_size: int) -> Factors:
    """The factors from a thin SVD."""
    left, spectrum, right = torch.linalg.svd(matrix, full_matrices=False)
    return Factors(spectrum[:spectrum_size], left[:, :rank].T, right[:rank], right[-rank:])


def from_gram_matrix(matrix: Tensor, rank: int, spectrum_size: int) -> Factors | None:
    """The factors from the Gram matrix; None where squaring costs too much accuracy."""
    wide = matrix.shape[0] < matrix.shape[1]
    tall = matrix.T if wide else matrix
    ascending, vectors = torch.linalg.eigh(tall.T @ tall)
    values, vectors = ascending.flip(0), vectors.flip(1)
    rest = len(values) - rank
    smallest = [values[-1] if wide else values[rank - 1]]
    if rest > 0:
        smallest += [values[k - 1] - values[k] for k in (rank, rest)]
    if min(smallest) < torch.finfo(values.dtype).eps * values[0] / _TOLERANCE:
        return None
    top, bottom = vectors[:, :rank], vectors[:, rest:]
    mixing = vectors[:, :rest].T @ (tall.T @ (tall @ bottom))  # zero for exact eigenvectors
    gaps = values[:rest, None] - values[rest:]
    bottom = _orthonormal(bottom - vectors[:, :rest] @ (mixing / gaps))
    other_top = _orthonormal(tall @ top)
    left, right = (top, other_top) if wide else (other_top, top)
    last = _orthonormal(tall @ bottom) if wide else bottom
    return Factors(values[:spectrum_size].clamp(min=0).sqrt(), left.T, right.T, last.T)


def _orthonormal(columns: Tensor) -> Tensor:
    return torch.linalg.qr(columns).Q
