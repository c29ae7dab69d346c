"""Isotropic merging in the common subspace, Iso-C (Marczak et al. 2025, arXiv 2502.04959, 4.1)."""

import torch
from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_tensor
from mergeability.tensors import TensorMap


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, scale: float = 1.0
) -> dict[str, Tensor]:
    """theta_0 + scale * mean(S) * U V^T, with U S V^T = sum_i T_i the summed updates of a matrix.

    Every singular direction of the sum gets the same weight. Tensors that are not matrices are
    averaged.
    """
    return merge_each_tensor(pretrained, task_vectors, _combine, scale)


def _combine(updates: Tensor) -> Tensor:
    if updates.dim() != 3:
        return updates.mean(dim=0)
    left, spectrum, right = torch.linalg.svd(updates.sum(dim=0), full_matrices=False)
    return spectrum.mean() * (left @ right)
