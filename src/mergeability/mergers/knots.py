"""KnOTS: TIES in a basis that all models share (Stoica et al. 2025, arXiv 2410.19735, sec. 4)."""

from functools import partial

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, merge_each_tensor
from mergeability.mergers.ties import disjoint_mean, magnitude_threshold, trim
from mergeability.tensors import TensorMap


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
    return merge_each_tensor(pretrained, task_vectors, partial(_combine, keep=keep), scale)


def _combine(updates: Tensor, keep: float) -> Tensor:
    if updates.dim() != 3:
        return _ties(updates, keep)
    side_by_side = torch.cat(list(updates), dim=1)  # [rows, models * columns]
    left, spectrum, _ = torch.linalg.svd(side_by_side, full_matrices=False)
    # Directions that no update has are noise, and must not count in the share that is kept.
    precision = torch.finfo(updates.dtype).eps * max(side_by_side.shape)
    rank = max(1, int((spectrum > precision * spectrum[0]).sum()))
    basis = left[:, :rank]
    # From the updates, and not from the decomposition, so that a zero update has a part of zeros.
    return basis @ _ties(basis.mT @ updates, keep)  # of S V_i, [models, rank, columns]


def _ties(updates: Tensor, keep: float) -> Tensor:
    trimmed = [trim(update, magnitude_threshold(update, keep)) for update in updates]
    return disjoint_mean(torch.stack(trimmed))
