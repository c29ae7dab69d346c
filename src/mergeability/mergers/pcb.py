"""PCB-Merging, parameter competition balancing (Du et al. 2024, arXiv 2410.02396, section 3.2)."""

from functools import reduce

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors
from mergeability.mergers.ties import least_kept
from mergeability.tensors import TensorMap, flatten, kth_smallest, unflatten

LINEAR = "scale"
WHOLE: dict[str, str] = {}

_OUTLIERS = 1e-4  # share of magnitudes that are cut to the next one, at either end


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    keep: Fraction = 0.2,
    scale: float = 1.0,
) -> dict[str, Tensor]:
    """theta_0 + scale * sum_i(b_i * tau_i) / sum_i(b_i), with weights b_i for every entry.

    The score of an entry is exp(n m_i^2) * tanh(tau_i * sum_j tau_j): large within its task vector,
    and in agreement with the n tasks. m_i is |tau_i|, cut at its smallest and largest 0.01 %, and
    brought to [0, 1]. Below the share `keep` of best scores of a task vector b_i is 0, and grows
    from there to 1 at the best. What is averaged is cut as well, what scores the agreement is not.

    Scores are those of the authors' code, since the paper leaves the scale of its softmax open. Its
    `keep` is 0.05 in the script and 0.1 in the function. It rounds shares of large magnitudes up,
    and so cuts the largest one of a vector with fewer than 10,000 entries, of which none is cut
    here.
    """
    vectors = [flatten(tau) for tau in task_vectors.values()]
    total = reduce(torch.add, vectors)
    weighted, weights = torch.zeros_like(total), torch.zeros_like(total)
    for vector in vectors:
        magnitudes = vector.abs()
        magnitudes.clamp_(*_bounds(magnitudes))
        balance = _balance(_score(magnitudes, vector * total, len(vectors)), keep)
        weights += balance
        weighted += balance.mul_(magnitudes).mul_(vector.sign())
    merged = unflatten(weighted / weights.clamp(min=1e-12), pretrained)
    return {name: weight + scale * merged[name] for name, weight in pretrained.items()}


def _bounds(magnitudes: Tensor) -> list[Tensor]:
    """The smallest and the largest magnitude that are no outliers."""
    size = magnitudes.numel()
    outliers = int(_OUTLIERS * size)
    return [kth_smallest(magnitudes, k) for k in (outliers + 1, size - outliers)]


def _score(magnitudes: Tensor, agreement: Tensor, models: int) -> Tensor:
    return (
        _to_one(magnitudes - magnitudes.min()).square_().mul_(models).exp_().mul_(agreement.tanh_())
    )


def _balance(score: Tensor, keep: float) -> Tensor:
    """Weights in [0, 1] of the entries of one task vector."""
    return _to_one(score.sub_(least_kept(score, keep)).clamp_(min=0))


def _to_one(values: Tensor) -> Tensor:
    return values.div_(values.max().clamp(min=torch.finfo(values.dtype).tiny))
