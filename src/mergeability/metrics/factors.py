"""The part of a singular value decomposition that the subspace metrics look at."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

# Angle by which squaring may turn a subspace before the thin SVD is taken; the step of refinement
# leaves its square.
_TOLERANCE = 1e-5


class Factors(NamedTuple):
    """Singular values of a matrix [m, n], and k <= min(m, n) of its singular vectors as rows.

    Of a matrix of numerical rank r < min(m, n), the values beyond r are 0, top and bottom are those
    of the first r vectors, and where r < k the last rows of the top and the first of the bottom
    are 0.
    """

    spectrum: Tensor  # float64 [<= spectrum_size], descending
    left_top: Tensor  # float64 [k, m]
    right_top: Tensor  # float64 [k, n]
    right_bottom: Tensor  # float64 [k, n]


def singular_factors(matrix: Tensor, rank: int, spectrum_size: int, noise: float = 0.0) -> Factors:
    """The `spectrum_size` largest singular values and the first and last `rank` singular vectors.

    What `noise` in the entries explains (see `numerical_rank`) counts as 0. All zero for a zero
    matrix, which has no singular subspaces.

    From the eigenvectors of the Gram matrix of the shorter side, in a third of the time of a thin
    SVD. Rounding moves its eigenvalues
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
    sizes = (rank, spectrum_size, noise)
    return from_gram_matrix(matrix, *sizes) or from_svd(matrix, *sizes)


def rounding_noise(pretrained: Tensor, update: Tensor) -> float:
    """Root mean square, at most, of what rounding a fine-tuned matrix W does to its update.

    Rounding changes an entry by at most epsilon / 2 of it (Higham, Accuracy and Stability of
    Numerical Algorithms, 2002, theorem 2.2): epsilon / 2 * rms(W), some twice what is found.
    Epsilon is that of the coarsest type that holds all of W: bfloat16, float16 or float32.
    """
    weights = pretrained.double() + update.double()
    exact = torch.finfo(torch.float32).eps * (pretrained.abs() + update.abs())
    for kind in (torch.bfloat16, torch.float16):
        if ((weights - weights.to(kind)).abs() <= exact).all():
            break
    else:
        kind = torch.float32
    return float(torch.finfo(kind).eps / 2 * weights.square().mean().sqrt())


def numerical_rank(spectrum: Tensor, shape: Sequence[int], noise: float) -> int:
    """How many of the singular values s_1 >= s_2 >= ... of a matrix [m, n] are not just noise.

    That is the smallest r with

        s_(r+1) <= max(noise * (sqrt(m - r) + sqrt(n - r)), max(m, n) * epsilon * s_1).

    What is left of independent errors beside r directions is a matrix [m - r, n - r], and the
    brackets are its largest singular value (Davidson and Szarek, Local Operator Theory, 2001,
    theorem II.13); `noise` is their root mean square. The rest is what float64 computes to
    (Golub and Van Loan, Matrix Computations, 2013, 5.4.1).
    """
    ranks = torch.arange(len(spectrum), device=spectrum.device)
    rows, columns = (torch.sqrt((size - ranks).double()) for size in shape)
    exact = max(shape) * torch.finfo(torch.float64).eps * spectrum[0]
    explained = spectrum <= torch.maximum(noise * (rows + columns), exact)
    return int(explained.int().argmax()) if explained.any() else len(spectrum)


def from_svd(matrix: Tensor, rank: int, spectrum_size: int, noise: float = 0.0) -> Factors:
    """The factors from a thin SVD."""
    left, spectrum, right = torch.linalg.svd(matrix, full_matrices=False)
    return _arranged(left, spectrum, right, rank, spectrum_size, noise)


def low_rank_factors(left: Tensor, right: Tensor, rank: int, spectrum_size: int) -> Factors:
    """The factors of the matrix left [m, r] right [r, n], which is not multiplied out.

    From the SVD of R_1 R_2^T [r, r], with left = Q_1 R_1 and right^T = Q_2 R_2.
    """
    (first, inner), (second, outer) = (torch.linalg.qr(part.double()) for part in (left, right.T))
    turn, spectrum, other = torch.linalg.svd(inner @ outer.T, full_matrices=False)
    shape = (len(left), right.shape[1])
    rank, spectrum_size = min(rank, *shape), min(spectrum_size, *shape)
    lacking = max(0, max(rank, spectrum_size) - len(spectrum))  # singular values that are 0
    return _arranged(
        functional.pad(first @ turn, (0, lacking)),
        functional.pad(spectrum, (0, lacking)),
        functional.pad(other @ second.T, (0, 0, 0, lacking)),
        rank,
        spectrum_size,
    )


def _arranged(
    left: Tensor,
    spectrum: Tensor,
    right: Tensor,
    rank: int,
    spectrum_size: int,
    noise: float = 0.0,
) -> Factors:
    """From singular triplets [m, p], [p], [p, n] in descending order."""
    found = numerical_rank(spectrum, (len(left), right.shape[1]), noise)
    spectrum[found:] = left[:, found:] = right[found:] = 0
    last = max(found, rank)
    bottom = right[last - rank : last].roll(last - found, dims=0)
    return Factors(spectrum[:spectrum_size], left[:, :rank].T, right[:rank], bottom)


def from_gram_matrix(
    matrix: Tensor, rank: int, spectrum_size: int, noise: float = 0.0
) -> Factors | None:
    """The factors from the Gram matrix; None where squaring costs too much accuracy.

    And where the rank is deficient, or so little above it that squaring hides it.
    """
    wide = matrix.shape[0] < matrix.shape[1]
    tall = matrix.T if wide else matrix
    ascending, vectors = torch.linalg.eigh(tall.T @ tall)
    values, vectors = ascending.flip(0), vectors.flip(1)
    spectrum = values.clamp(min=0).sqrt()
    hidden = values[-1] < torch.finfo(values.dtype).eps * values[0]
    if hidden or numerical_rank(spectrum, matrix.shape, noise) < len(values):
        return None
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
    return Factors(spectrum[:spectrum_size], left.T, right.T, last.T)


def _orthonormal(columns: Tensor) -> Tensor:
    return torch.linalg.qr(columns).Q
