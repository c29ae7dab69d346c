"""SCE: select, calculate, erase (Wan et al. 2024, arXiv 2408.07990, section 3)."""

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, merge_each_tensor
from mergeability.mergers._election import agreeing
from mergeability.mergers.ties import least_kept
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, keep: Fraction = 0.1, scale: float = 1.0
) -> dict[str, Tensor]:
    """theta_0 + scale * weighted mean of the entries whose sign is that of the sum, per tensor.

    Select: the share `keep` of the entries, at least one, in which the updates vary most between
    models, and every entry where they do not vary at all. Calculate: the weight of a model is its
    share of the squared entries that were selected. Erase: entries against the sign of the sum over
    models take no part. An entry that was not selected stays as pretrained.

    The default of `keep` is that of the paper. Copies of one model vary nowhere; here they give
    that model. mergekit (`sce`) takes equal weights where the mean squares add up to less than
    1e-6, which those of small updates do; here no size counts but that beside the other models.
    """
    return merge_each_tensor(
        pretrained, task_vectors, lambda updates: _combine(updates, keep), scale
    )


def _combine(updates: Tensor, keep: float) -> Tensor:
    variance = updates.var(dim=0, correction=0)
    # Selected are all entries of equal updates, whose variance is nothing but rounding.
    if bool((variance <= torch.finfo(updates.dtype).eps * updates.square().mean(dim=0)).all()):
        selected = updates
    else:
        selected = torch.where(variance >= least_kept(variance, keep), updates, 0.0)
    squares = selected.double().square().reshape(len(updates), -1).sum(dim=1)
    if not squares.any():
        return torch.zeros_like(updates[0])
    shares = (squares / squares.sum()).to(updates.dtype).reshape(-1, *[1] * (updates.dim() - 1))
    weights = shares * agreeing(selected)
    total = weights.sum(dim=0)
    return (selected * weights).sum(dim=0) / torch.where(total > 0, total, 1.0)
