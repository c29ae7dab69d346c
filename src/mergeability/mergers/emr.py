"""The elected vector of EMR-Merging (Huang et al. 2024, arXiv 2405.17461, section 3.2).

The method then keeps a mask and a rescaler per task, which one merged encoder cannot hold: this is
its shared part alone.
"""

from torch import Tensor

from mergeability.mergers import TaskVectors, merge_each_tensor
from mergeability.tensors import TensorMap

LINEAR = "scale"


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, scale: float = 1.0
) -> dict[str, Tensor]:
    """theta_0 + scale * s * max_i(|tau_i| where sign(tau_i) = s), with s = sign(sum_i tau_i)."""
    return merge_each_tensor(pretrained, task_vectors, _elect, scale)


def _elect(updates: Tensor) -> Tensor:
    sign = updates.sum(dim=0).sign()
    return sign * (updates * sign).amax(dim=0).clamp(min=0)
