"""Weight averaging (Wortsman et al. 2022, "Model soups", arXiv 2203.05482)."""

from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_entry
from mergeability.tensors import TensorMap

STEP = "mean"


def merge(pretrained: TensorMap, task_vectors: TaskVectors) -> dict[str, Tensor]:
    """theta_0 + 1/n sum_i tau_i, which is the mean of the checkpoints."""
    return merge_each_entry(pretrained, task_vectors, lambda updates, _: updates.mean(dim=0))
