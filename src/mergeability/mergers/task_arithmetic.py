"""Task arithmetic (Ilharco et al. 2023, arXiv 2212.04089, section 2)."""

from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_entry
from mergeability.tensors import TensorMap

LINEAR = "scale"
STEP = "sum"


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, scale: float = 0.3
) -> dict[str, Tensor]:
    """theta_0 + scale * sum_i tau_i."""
    return merge_each_entry(pretrained, task_vectors, lambda updates, _: updates.sum(dim=0), scale)
