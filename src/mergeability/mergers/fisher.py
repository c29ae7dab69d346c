"""Fisher-weighted averaging (Matena and Raffel 2022, arXiv 2111.09832, section 3)."""

from typing import Literal

import torch
from torch import Tensor

from mergeability.mergers import Statistics, TaskVectors, each_tensor
from mergeability.tensors import TensorMap, check_compatible, flatten

STATISTICS = "fisher"


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    normalize: Literal["model", "none"] = "model",
    statistics: Statistics,
) -> dict[str, Tensor]:
    """theta_0 + sum_i F_i tau_i / sum_i F_i, entry by entry; the mean where all F_i are 0.

    F_i is the diagonal Fisher information of model i on its own task. By default each is divided by
    its norm over the whole model, as in the authors' code: a confident model has a small Fisher
    information everywhere, and would have no say. Their code also raises the Fisher information of
    the first model to 1e-6 at least, which favours that model where none knows much. Here no model
    is the first.
    """
    fishers = [dict(statistics[task]) for task in task_vectors]
    for task, fisher in zip(task_vectors, fishers, strict=True):
        check_compatible(pretrained, fisher, f"Fisher information of task {task!r}")
    weights = [1 / _norm(fisher) if normalize == "model" else 1.0 for fisher in fishers]

    def merge_one(name: str, weight: Tensor) -> Tensor:
        updates = torch.stack([tau[name] for tau in task_vectors.values()])
        known = [w * f[name].double() for w, f in zip(weights, fishers, strict=True)]
        return weight + _weighted_mean(updates, torch.stack(known))

    return each_tensor(pretrained, merge_one)


def _norm(fisher: TensorMap) -> float:
    """Of a model whose Fisher information vanishes, 1: nothing is to be divided."""
    return float(flatten(fisher).double().norm()) or 1.0


def _weighted_mean(updates: Tensor, fishers: Tensor) -> Tensor:
    total = fishers.sum(dim=0)
    weighted = (fishers * updates).sum(dim=0) / torch.where(total > 0, total, 1.0)
    return torch.where(total > 0, weighted, updates.double().mean(dim=0)).to(updates.dtype)
