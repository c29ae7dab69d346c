"""SLERP: interpolation on the sphere between two checkpoints (Shoemake 1985, SIGGRAPH, eq. 2.3)."""

import torch
from torch import Tensor

from mergeability.mergers import Fraction, TaskVectors, each_tensor
from mergeability.tensors import TensorMap

MODELS = 2

_NO_ANGLE = 1e-4  # radians from 0 or pi, where the sphere has no unique or no curved path


def merge(
    pretrained: TensorMap, task_vectors: TaskVectors, *, position: Fraction = 0.5
) -> dict[str, Tensor]:
    """From checkpoint A (position 0) to checkpoint B (position 1) along a great circle.

    (sin((1 - p) w) a + sin(p w) b) / sin(w), tensor by tensor, with w the angle between the
    flattened weights a and b; straight where they are parallel, opposite or zero. A is the task
    that comes first in lexicographic order.
    """
    first, second = task_vectors.values()

    def merge_one(name: str, weight: Tensor) -> Tensor:
        return _slerp(weight + first[name], weight + second[name], position)

    return each_tensor(pretrained, merge_one)


def _slerp(a: Tensor, b: Tensor, position: float) -> Tensor:
    wide_a, wide_b = a.double(), b.double()
    lengths = wide_a.norm() * wide_b.norm()
    angle = torch.acos(((wide_a * wide_b).sum() / lengths).clamp(-1, 1))  # NaN for a zero vector
    if not _NO_ANGLE < angle < torch.pi - _NO_ANGLE:
        return torch.lerp(wide_a, wide_b, position).to(a.dtype)
    weights = torch.sin((1 - position) * angle), torch.sin(position * angle)
    return ((weights[0] * wide_a + weights[1] * wide_b) / torch.sin(angle)).to(a.dtype)
