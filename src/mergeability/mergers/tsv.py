"""Task singular vectors, TSV-M (Gargiulo et al. 2025, arXiv 2412.00081, section 4.2)."""

import torch
from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_tensor
from mergeability.mergers._svd import nearest_orthonormal
from mergeability.tensors import TensorMap


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, scale: float = 1.0
) -> dict[str, Tensor]:
    """Every task keeps 1/n of the rank of each matrix; the kept singular vectors are decorrelated.

    With T_i = U_i S_i V_i^T cut to its top r/n singular triplets, and U, S, V their concatenation
    over tasks: theta_0 + scale * W(U) S W(V)^T, where W is the closest matrix with orthonormal
    columns. Tensors that are not matrices are averaged.
    """
    return merge_each_tensor(pretrained, task_vectors, _combine, scale)


def _combine(updates: Tensor) -> Tensor:
    if updates.dim() != 3:
        return updates.mean(dim=0)
    left, spectrum, right = torch.linalg.svd(updates, full_matrices=False)  # [n,m,r] [n,r] [n,r,k]
    kept = max(1, spectrum.shape[1] // len(updates))
    left = torch.cat(list(left[:, :, :kept]), dim=1)
    right = torch.cat(list(right[:, :kept]), dim=0)
    kept_spectrum = spectrum[:, :kept].reshape(-1)
    return (nearest_orthonormal(left) * kept_spectrum) @ nearest_orthonormal(right)
