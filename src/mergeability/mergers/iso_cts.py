"""Iso-CTS, isotropic merging in common and task-specific subspaces (arXiv 2502.04959, section 4.2).

Marczak et al. 2025.
"""

from functools import partial

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors
from mergeability.mergers._svd import (
    decorrelated,
    merge_matrices,
    rounding_noise,
    singular_triplets,
)
from mergeability.tensors import TensorMap

LINEAR = "scale"


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

    Directions below the noise of the updates (see `_svd`) are left out: of low ranks fewer triplets
    are found than asked for. The authors' code fills up with arbitrary ones.
    """
    return merge_matrices(pretrained, task_vectors, partial(_combine, common=common), scale)


def _combine(updates: Tensor, noise: float, common: float) -> Tensor:
    rank = min(updates.shape[1:])
    own = round((rank - int(common * rank)) / len(updates))  # per task, so that all get as many
    shared = max(0, rank - own * len(updates))
    noise *= len(updates) ** 0.5  # errors of the updates add up
    of_sum = singular_triplets(updates.sum(dim=0), noise, shared)
    noise = max(noise, rounding_noise(updates.shape[1:], float(of_sum.spectrum[:1].sum())))
    outside = updates - of_sum.left @ (of_sum.left.mT @ updates)
    of_tasks = [singular_triplets(t, noise, own) for t in outside]
    # What tasks add on the left is orthogonal to the common part already.
    left = torch.cat([of_sum.left, decorrelated([own.left for own in of_tasks])], dim=1)
    right = decorrelated([part.right.mT for part in (of_sum, *of_tasks)])
    spectrum = torch.cat([part.spectrum for part in (of_sum, *of_tasks)])
    return spectrum.sum() / max(1, len(spectrum)) * (left @ right.mT)
