"""TIES merging (Yadav et al. 2023, arXiv 2306.01708, section 4)."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, merge_each_entry
from mergeability.mergers._election import disjoint_mean
from mergeability.tensors import TensorMap, flatten, kth_smallest

LINEAR = "scale"
WHOLE = {"scope": "global"}


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    keep: Fraction = 0.2,
    scale: float = 0.3,
    scope: Literal["tensor", "global"] = "tensor",
) -> dict[str, Tensor]:
    """Trim, elect a sign, average what agrees with it: theta_0 + scale * disjoint mean.

    Trim keeps the share `keep` of largest magnitude of each task vector, counted per tensor or
    over the whole vector ("global"). The elected sign of an entry is that of the sum of the trimmed
    updates ("mass").

    The defaults are those of the published measurements of pairs. The TIES paper trims over the
    whole vector, and has scale 1 where it is not tuned.
    """
    of_whole = []
    if scope == "global":
        of_whole = [magnitude_threshold(flatten(tau), keep) for tau in task_vectors.values()]

    def thresholds(updates: Sequence[Tensor]) -> Sequence[Tensor]:
        return of_whole or [magnitude_threshold(update, keep) for update in updates]

    return merge_each_entry(pretrained, task_vectors, _trimmed_mean, scale, thresholds)


def trimmed_mean(updates: Tensor, keep: float) -> Tensor:
    """The disjoint mean of the share `keep` of each update [models, ...]."""
    return _trimmed_mean(updates, [magnitude_threshold(update, keep) for update in updates])


def _trimmed_mean(updates: Tensor, thresholds: Sequence[Tensor]) -> Tensor:
    return disjoint_mean(torch.stack(list(map(trim, updates, thresholds))))


def magnitude_threshold(update: Tensor, keep: float) -> Tensor:
    """The magnitude of the floor(keep * size)-th largest entry, and at least of the largest."""
    return least_kept(update.abs(), keep, in_place=True)


def least_kept(scores: Tensor, keep: float, in_place: bool = False) -> Tensor:
    """The floor(keep * size)-th largest of some scores, and at least the largest.

    With `in_place` it may change their order, and needs no memory.
    """
    kept = max(1, int(keep * scores.numel()))
    return kth_smallest(scores, scores.numel() - kept + 1, in_place)


def trim(update: Tensor, threshold: Tensor) -> Tensor:
    """The update without the entries whose magnitude is below the threshold."""
    return torch.where(update.abs() >= threshold, update, 0.0)
