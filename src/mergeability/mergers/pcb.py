"""PCB-Merging, parameter competition balancing (Du et al. 2024, arXiv 2410.02396, section 3.2)."""

from functools import reduce

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors
from mergeability.mergers.ties import least_kept
from mergeability.tensors import TensorMap, flatten, unflatten

_OUTLIERS = 1e-4  # share of the largest magnitudes that the published code cuts to the next one


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    keep: Fraction = 0.2,
    scale: float = 1.0,
) -> dict[str, Tensor]:
    """theta_0 + scale * sum_i(b_i * tau_i) / sum_i(b_i), with weights b_i for every entry.

    The score of an entry is exp(n |tau_i|^2 / max |tau_i|^2) * tanh(tau_i * sum_j tau_j): large
    within its task vector, and in agreement with the n tasks. Below the share `keep` of best
    scores of a task vector b_i is 0, and grows from there to 1 at the best. Scores are those of the
    published code, since the paper leaves the scale of its softmax open.
    """
    vectors = [_without_outliers(flatten(tau)) for tau in task_vectors.values()]
    total = reduce(torch.add, vectors)
    weighted, weights = torch.zeros_like(total), torch.zeros_like(total)
    for vector in vectors:
        balance = _balance(vector, total, len(vectors), keep)
        weighted += balance * vector
        weights += balance
    merged = unflatten(weighted / weights.clamp(min=1e-12), pretrained)
    return {name: weight + scale * merged[name] for name, weight in pretrained.items()}


def _without_outliers(vector: Tensor) -> Tensor:
    largest = vector.abs().kthvalue(vector.numel() - int(_OUTLIERS * vector.numel())).values
    return vector.clamp(-largest, largest)


def _balance(vector: Tensor, total: Tensor, models: int, keep: float) -> Tensor:
    """Weights in [0, 1] of the entries of one task vector."""
    score = _score(vector, total, models)
    above = score.sub_(least_kept(score, keep)).clamp_(min=0)
    return above.div_(above.max().clamp(min=torch.finfo(vector.dtype).tiny))


def _score(vector: Tensor, total: Tensor, models: int) -> Tensor:
    relative = vector / vector.abs().max().clamp(min=torch.finfo(vector.dtype).tiny)
    return relative.square_().mul_(models).exp_().mul_(torch.tanh(vector * total))
