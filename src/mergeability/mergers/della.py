"""DELLA: drop by magnitude, elect, fuse (Deep et al. 2024, arXiv 2406.11617, section 3)."""

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, each_tensor
from mergeability.mergers._election import disjoint_mean
from mergeability.naming import stable_seed
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    drop: Fraction = 0.3,
    spread: Fraction = 0.14,
    scale: float = 1.0,
    elect: bool = True,
    seed: int = 0,
) -> dict[str, Tensor]:
    """theta_0 + scale * disjoint mean of the task vectors after magnitude-based dropping.

    Within a row of a matrix (or a whole vector) the chance p to be dropped falls with the rank of
    the magnitude, evenly from drop + spread / 2 to drop - spread / 2 (epsilon in the paper); what
    stays is divided by 1 - p. Then, as in TIES, entries with the sign of their sum are averaged;
    without `elect`, all entries are (mergekit's "della_linear", with equal weights).
    Masks are drawn on the CPU from seed, task and tensor name. Raises `ValueError` where p would
    leave [0, 1).

    The paper tunes all three parameters for each set of models. The defaults of `drop` and `spread`
    are those of the example in the authors' code (three language models, scale 1.1), that of
    `scale` is the code's own. Chances here stay half a step inside of the two bounds, which the
    code reaches, so that a row of one entry has the chance `drop`.
    """
    if wrong := problem(drop=drop, spread=spread):
        raise ValueError(f"della: {wrong}")

    def merge_one(name: str, weight: Tensor) -> Tensor:
        dropped = [
            _dropped(tau[name], drop, spread, stable_seed(seed, task, name))
            for task, tau in task_vectors.items()
        ]
        updates = torch.stack(dropped)
        return weight + scale * (disjoint_mean(updates) if elect else updates.mean(dim=0))

    return each_tensor(pretrained, merge_one)


def problem(*, drop: float, spread: float) -> str | None:
    """Why these parameters cannot work, or None."""
    if spread / 2 <= drop < 1 - spread / 2:
        return None
    return f"drop = {drop} and spread = {spread} give chances outside of [0, 1); lower one"


def _dropped(update: Tensor, drop: float, spread: float, seed: int) -> Tensor:
    chances = drop_chances(update, drop, spread)
    drawn = torch.rand(update.shape, generator=torch.Generator().manual_seed(seed))
    return torch.where(drawn.to(update.device) >= chances, update / (1 - chances), 0.0)


def drop_chances(update: Tensor, drop: float, spread: float) -> Tensor:
    """The chance of each entry to be dropped: their mean over a row is `drop`."""
    rows = update.reshape(len(update), -1) if update.dim() > 1 else update.reshape(1, -1)
    size = rows.shape[1]
    steps = torch.arange(size, dtype=update.dtype, device=update.device)
    ladder = drop + spread * ((steps + 0.5) / size - 0.5)  # of the largest magnitude first
    order = rows.abs().argsort(dim=1, descending=True, stable=True)
    return torch.empty_like(rows).scatter_(1, order, ladder.expand_as(rows)).reshape(update.shape)
