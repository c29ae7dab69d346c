"""Model Stock (Jang et al. 2024, arXiv 2403.19522, section 3.3)."""

from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_tensor
from mergeability.tensors import TensorMap


def merge(pretrained: TensorMap, task_vectors: TaskVectors) -> dict[str, Tensor]:
    """theta_0 + t * mean_i tau_i, with t = n c / (1 + (n - 1) c) for every tensor.

    c is the mean cosine over pairs of updates, taken as 0 where it is negative: t is then 0, and
    the tensor stays as pretrained. One model alone has t = 1.
    """
    return merge_each_tensor(pretrained, task_vectors, _combine)


def _combine(updates: Tensor) -> Tensor:
    models = len(updates)
    if models == 1:
        return updates[0]
    vectors = updates.reshape(models, -1).double()
    vectors = vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-300)
    all_cosines = vectors @ vectors.T
    cosine = (all_cosines.sum() - all_cosines.trace()) / (models * (models - 1))
    cosine = cosine.clamp(0, 1)
    ratio = models * cosine / (1 + (models - 1) * cosine)
    return ratio.to(updates.dtype) * updates.mean(dim=0)
