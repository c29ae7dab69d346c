"""Model Breadcrumbs (Davari and Belilovsky 2024, arXiv 2312.06795, section 3)."""

from functools import partial

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, merge_each_tensor
from mergeability.mergers._election import disjoint_mean
from mergeability.tensors import TensorMap, kth_smallest

LINEAR = "scale"


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    lower: Fraction = 0.85,
    upper: Fraction = 0.993,
    scale: float = 0.3,
    elect: bool = False,
) -> dict[str, Tensor]:
    """theta_0 + scale * sum_i m_i * tau_i, where m_i hides the smallest and largest magnitudes.

    Of each tensor of each task vector, entries between the quantiles `lower` and `upper` of the
    magnitudes are kept, and one at least: of n entries those of rank floor(lower * n) + 1 to
    floor(upper * n), so that `upper` < 1 hides the largest entry of the shortest vector too.
    With `elect`, entries with the sign of their sum are averaged in place of the sum, as in TIES
    (mergekit's "breadcrumbs_ties"). Raises `ValueError` unless lower < upper.

    The paper masks layer by layer, with beta = `lower` and gamma = `upper`. The authors' code ranks
    within rows (the last dimension) instead, and starts its search at a scale of 0.2, where it
    keeps 15 % below the largest 0.6 %: shares like the ones here. Its scale is for sums of up to
    eight updates; for a pair it is worth tuning.
    """
    if wrong := problem(lower=lower, upper=upper):
        raise ValueError(f"breadcrumbs: {wrong}")
    combine = partial(_combine, lower=lower, upper=upper, elect=elect)
    return merge_each_tensor(pretrained, task_vectors, combine, scale)


def _combine(updates: Tensor, lower: float, upper: float, elect: bool) -> Tensor:
    middles = torch.stack([_middle(update, lower, upper) for update in updates])
    return disjoint_mean(middles) if elect else middles.sum(dim=0)


def problem(*, lower: float, upper: float) -> str | None:
    """Why these parameters cannot work, or None."""
    return f"lower = {lower} must be less than upper = {upper}" if lower >= upper else None


def _middle(update: Tensor, lower: float, upper: float) -> Tensor:
    magnitudes = update.abs()
    first = int(lower * update.numel()) + 1
    last = max(first, int(upper * update.numel()))
    smallest, largest = (kth_smallest(magnitudes, k) for k in (first, last))
    return torch.where((magnitudes >= smallest) & (magnitudes <= largest), update, 0.0)
