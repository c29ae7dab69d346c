"""DARE: drop and rescale (Yu et al. 2024, arXiv 2311.03099, section 3)."""

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, each_tensor
from mergeability.mergers._election import disjoint_mean
from mergeability.naming import stable_seed
from mergeability.tensors import TensorMap

LINEAR = "scale"
STEP = "mean"


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    drop: Fraction = 0.9,
    scale: float = 1.0,
    elect: bool = False,
    seed: int = 0,
) -> dict[str, Tensor]:
    """theta_0 + scale * mean_i(m_i * tau_i / (1 - drop)), every entry of m_i 0 with chance `drop`.

    With `elect`, only entries with the sign of their sum over models are averaged, as in TIES (the
    "dare_ties" of mergekit, with equal weights).

    The mask of a tensor is drawn on the CPU from seed, task and tensor name, so that neither the
    device nor the order of tasks changes the result. Raises `ValueError` for drop = 1.
    """
    if wrong := problem(drop=drop):
        raise ValueError(f"dare: {wrong}")

    def merge_one(name: str, weight: Tensor) -> Tensor:
        dropped = [
            _dropped(tau[name], drop, stable_seed(seed, task, name))
            for task, tau in task_vectors.items()
        ]
        updates = torch.stack(dropped)
        return weight + scale * (disjoint_mean(updates) if elect else updates.mean(dim=0))

    return each_tensor(pretrained, merge_one)


def problem(*, drop: float) -> str | None:
    """Why these parameters cannot work, or None."""
    return f"drop = {drop} leaves nothing; choose drop < 1" if drop >= 1 else None


def _dropped(update: Tensor, drop: float, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    kept = torch.rand(update.shape, generator=generator) >= drop
    return update * kept.to(update.device) / (1 - drop)
