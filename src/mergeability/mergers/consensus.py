"""Consensus merging with TALL masks (Wang et al. 2024, arXiv 2405.07813, sections 4.1 and 4.3)."""

from functools import partial

from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_tensor
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    mask_threshold: float = 0.4,
    consensus: int = 1,
    scale: float = 1.0,
) -> dict[str, Tensor]:
    """theta_0 + scale * m * tau with tau = sum_i tau_i, where enough tasks need the entry.

    Task i needs an entry where |tau_i| >= mask_threshold * |tau - tau_i|, and m is 1 where at
    least `consensus` tasks do. The paper asks for 2 among 8 tasks and more; of a pair that leaves
    only what both need, so the default is 1, as in the published measurements of pairs. Raises
    `ValueError` where `consensus` exceeds the number of models.
    """
    if wrong := problem(consensus=consensus, models=len(task_vectors)):
        raise ValueError(f"consensus: {wrong}")
    combine = partial(_combine, mask_threshold=mask_threshold, consensus=consensus)
    return merge_each_tensor(pretrained, task_vectors, combine, scale)


def problem(*, consensus: int, models: int) -> str | None:
    """Why these parameters cannot work, or None."""
    if consensus <= models:
        return None
    return f"{models} models cannot give {consensus} votes; lower consensus"


def _combine(updates: Tensor, mask_threshold: float, consensus: int) -> Tensor:
    total = updates.sum(dim=0)
    needed = updates.abs() >= mask_threshold * (total - updates).abs()
    return total * (needed.sum(dim=0) >= consensus)
