"""TIES merging (Yadav et al. 2023, arXiv 2306.01708, section 4)."""

from typing import Literal

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, merge_each_tensor
from mergeability.tensors import TensorMap, flatten


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    keep: Fraction = 0.2,
    scale: float = 0.3,
    scope: Literal["tensor", "global"] = "tensor",
) -> dict[str, Tensor]:
    """Trim, elect a sign, average what agrees with it: theta_0 + scale * disjoint mean.

    Trim keeps the share `keep` of largest magnitude of each task vector, counted per tensor (as
    the published measurements do) or over the whole vector (as the TIES paper does). The elected
    sign of an entry is that of the sum of the trimmed updates ("mass").
    """
    trimmed = {task: _trim(tau, keep, scope) for task, tau in task_vectors.items()}
    return merge_each_tensor(pretrained, trimmed, disjoint_mean, scale)


def magnitude_threshold(update: Tensor, keep: float) -> Tensor:
    """The magnitude of the floor(keep * size)-th largest entry, and at least of the largest."""
    return least_kept(update.abs(), keep)


def least_kept(scores: Tensor, keep: float) -> Tensor:
    """The floor(keep * size)-th largest of some scores, and at least the largest."""
    kept = max(1, int(keep * scores.numel()))
    return scores.reshape(-1).kthvalue(scores.numel() - kept + 1).values


def trim(update: Tensor, threshold: Tensor) -> Tensor:
    """The update without the entries whose magnitude is below the threshold."""
    return torch.where(update.abs() >= threshold, update, 0.0)


def _trim(tau: TensorMap, keep: float, scope: str) -> dict[str, Tensor]:
    if scope == "global":
        thresholds = dict.fromkeys(tau, magnitude_threshold(flatten(tau), keep))
    else:
        thresholds = {name: magnitude_threshold(update, keep) for name, update in tau.items()}
    return {name: trim(update, thresholds[name]) for name, update in tau.items()}


def disjoint_mean(updates: Tensor) -> Tensor:
    """Mean over the models [models, ...] whose entry has the sign of the sum over models."""
    agrees = (updates.sign() == updates.sum(dim=0).sign()) & (updates != 0)
    return (updates * agrees).sum(dim=0) / agrees.sum(dim=0).clamp(min=1)
