"""Task singular vectors, TSV-M (Gargiulo et al. 2025, arXiv 2412.00081, section 4.2)."""

import torch
from torch import Tensor

from mergeability.mergers import TaskVectors
from mergeability.mergers._svd import decorrelated, merge_matrices, singular_triplets
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, scale: float = 1.0
) -> dict[str, Tensor]:
    """Every task keeps 1/n of the rank of each matrix; the kept singular vectors are decorrelated.

    With T_i = U_i S_i V_i^T cut to its top r/n singular triplets, and U, S, V their concatenation
    over tasks: theta_0 + scale * W(U) S W(V)^T, where W is the closest matrix with orthonormal
    columns. Tensors that are not matrices are averaged.

    Directions below the noise of an update (see `_svd`) are left out, so that an update of low rank
    adds what it has, and one of zeros nothing. The authors' code fills up with arbitrary ones.
    """
    return merge_matrices(pretrained, task_vectors, _combine, scale)


def _combine(updates: Tensor, noise: float) -> Tensor:
    kept = max(1, min(updates.shape[1:]) // len(updates))
    parts = [singular_triplets(update, noise, kept) for update in updates]
    left = decorrelated([part.left for part in parts])
    right = decorrelated([part.right.mT for part in parts])
    return (left * torch.cat([part.spectrum for part in parts])) @ right.mT
