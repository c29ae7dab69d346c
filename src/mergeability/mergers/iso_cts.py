"""Iso-CTS, isotropic merging in common and task-specific subspaces (arXiv 2502.04959, section 4.2).

Marczak et al. 2025.
"""

from functools import partial

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, merge_each_tensor
from mergeability.mergers._svd import nearest_orthonormal
from mergeability.tensors import TensorMap


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    common: Fraction = 0.8,
    scale: float = 1.0,
) -> dict[str, Tensor]:
    """theta_0 + scale * mean(S) * W(U) W(V)^T for matrices; other tensors are averaged.

    U, S, V hold the top singular triplets of the summed updates (the share `common` of the rank),
    and for every task as many triplets of what its own update has outside of these left singular
    vectors, which fill the rest of the rank. W is the closest matrix with orthonormal columns.
    """
    return merge_each_tensor(pretrained, task_vectors, partial(_combine, common=common), scale)


def _combine(updates: Tensor, common: float) -> Tensor:
    if updates.dim() != 3:
        return updates.mean(dim=0)
    rank = min(updates.shape[1:])
    own = round((rank - int(common * rank)) / len(updates))  # per task, so that all get as many
    shared = max(0, rank - own * len(updates))
    left, spectrum, right = torch.linalg.svd(updates.sum(dim=0), full_matrices=False)
    left, spectrum, right = left[:, :shared], spectrum[:shared], right[:shared]
    outside = updates - left @ (left.mT @ updates)
    own_left, own_spectrum, own_right = torch.linalg.svd(outside, full_matrices=False)
    flat = torch.cat([spectrum, own_spectrum[:, :own].reshape(-1)]).mean()
    left = torch.cat([left, *own_left[:, :, :own]], dim=1)
    right = torch.cat([right, *own_right[:, :own]], dim=0)
    return flat * (nearest_orthonormal(left) @ nearest_orthonormal(right))
