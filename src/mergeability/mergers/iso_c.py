"""Isotropic merging in the common subspace, Iso-C (Marczak et al. 2025, arXiv 2502.04959, 4.1)."""

from torch import Tensor

from mergeability.mergers import TaskVectors
from mergeability.mergers._svd import merge_matrices, singular_triplets
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, scale: float = 1.0
) -> dict[str, Tensor]:
    """theta_0 + scale * mean(S) * U V^T, with U S V^T = sum_i T_i the summed updates of a matrix.

    Every singular direction of the sum gets the same weight. Tensors that are not matrices are
    averaged.

    Directions below the noise of the updates (see `_svd`) are left out, of the mean as well. The
    authors' code gives arbitrary directions their share where the sum has a low rank.
    """
    return merge_matrices(pretrained, task_vectors, _combine, scale)


def _combine(updates: Tensor, noise: float) -> Tensor:
    noise *= len(updates) ** 0.5  # errors of the updates add up
    left, spectrum, right = singular_triplets(updates.sum(dim=0), noise)
    return spectrum.sum() / max(1, len(spectrum)) * (left @ right)
