"""KnOTS: TIES in a basis that all models share (Stoica et al. 2025, arXiv 2410.19735, sec. 4)."""

from functools import partial

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors
from mergeability.mergers._svd import merge_matrices, singular_triplets
from mergeability.mergers.ties import trimmed_mean
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    keep: Fraction = 0.2,
    scale: float = 1.0,
) -> dict[str, Tensor]:
    """theta_0 + scale * U TIES(S V_1, ..., S V_n), with U S [V_1, ..., V_n] = [T_1, ..., T_n].

    The updates T_i of a matrix stand side by side; the singular value decomposition of all gives
    every model its part S V_i in common directions. TIES keeps the share `keep` of each part,
    elects signs and averages what agrees. Tensors that are not matrices are merged by TIES as they
    are.

    The paper merges V_i and multiplies by S afterwards. That changes nothing but what is trimmed,
    and the configurations of the authors' code trim S V_i, as here: among V_i, which are
    orthonormal, weak directions weigh as much as strong ones. That code trims over all layers at
    once, not per matrix, merges adapters (LoRA) alone, and found scale 0.6 for eight of them on
    validation data; the default of 1 adds what a pair agrees on as it is.
    """
    combine, others = (partial(part, keep=keep) for part in (_combine, trimmed_mean))
    return merge_matrices(pretrained, task_vectors, combine, scale, others)


def _combine(updates: Tensor, noise: float, keep: float) -> Tensor:
    # Directions that no update has are noise, and must not count in the share that is kept.
    noise *= len(updates) ** 0.5  # errors of the updates add up
    basis = singular_triplets(torch.cat(list(updates), dim=1), noise).left
    if not basis.numel():
        return torch.zeros_like(updates[0])
    # From the updates, and not from the decomposition, so that a zero update has a part of zeros.
    return basis @ trimmed_mean(basis.mT @ updates, keep)  # of S V_i, [models, rank, columns]
