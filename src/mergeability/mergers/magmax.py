"""MagMax: maximum magnitude selection (Marczak et al. 2024, arXiv 2407.06322, section 4)."""

import torch
from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_tensor
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, scale: float = 0.5
) -> dict[str, Tensor]:
    """theta_0 + scale * tau, where every entry of tau is the tau_i of largest magnitude.

    Of +x and -x, the positive one; in the authors' code the one of the later task, which would make
    a merge depend on the order of models. The scale is that of their code for eight tasks.
    """
    return merge_each_tensor(pretrained, task_vectors, _combine, scale)


def _combine(updates: Tensor) -> Tensor:
    highest, lowest = updates.amax(dim=0), updates.amin(dim=0)
    return torch.where(highest >= -lowest, highest, lowest)
