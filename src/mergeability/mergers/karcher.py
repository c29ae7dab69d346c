"""Karcher mean of weights on the sphere (Karcher 1977, CPAM 30, p. 509; mergekit's `karcher`)."""

from typing import Literal

import torch
from torch import Tensor

from mergeability.mergers import Count, TaskVectors, each_tensor
from mergeability.tensors import TensorMap

_CONVERGED = 1e-12  # radians
_NO_DIRECTION = 1e-6  # of the mean of unit vectors that cancel out


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    of: Literal["weights", "updates"] = "weights",
    steps: Count = 20,
) -> dict[str, Tensor]:
    """The point of the sphere with the least sum of squared angles to all models, per tensor.

    Tensors are flattened, and freed of their length. From the normalised mean u of the units u_i,
    every step walks along the great circle that starts as mean_i log_u(u_i), where log_u(v) has the
    length of the angle from u to v. The result has the mean length of the tensors. Of two tensors
    of equal length this is the middle of `slerp`, of several with `steps: 1` the "multi-SLERP" of
    mergekit. The mean is of the weights, or of the updates, which are then added to the pretrained
    weights (as in "NuSLERP" with a base). Zero tensors have no direction and take part in the mean
    length alone; the plain mean is taken where directions cancel out.
    """

    def merge_one(name: str, weight: Tensor) -> Tensor:
        updates = torch.stack([tau[name] for tau in task_vectors.values()])
        if of == "updates":
            return weight + _mean(updates, steps).to(weight.dtype)
        return _mean(weight + updates, steps).to(weight.dtype)

    return each_tensor(pretrained, merge_one)


def _mean(tensors: Tensor, steps: int) -> Tensor:
    vectors = tensors.double().reshape(len(tensors), -1)
    lengths = vectors.norm(dim=1)
    units = vectors[lengths > 0] / lengths[lengths > 0, None]
    mean = units.mean(dim=0) if len(units) else vectors[0]
    if not mean.norm() > _NO_DIRECTION:
        return vectors.mean(dim=0).reshape(tensors.shape[1:])
    point = mean / mean.norm()
    for _ in range(steps):
        cosines = (units @ point).clamp(-1, 1)
        across = units - cosines[:, None] * point
        sines = across.norm(dim=1)
        angles = torch.atan2(sines, cosines)
        # log_u(v) = angle * across / |across|, and 0 where v is u
        path = (across * (angles / sines.clamp(min=_CONVERGED))[:, None]).mean(dim=0)
        length = path.norm()
        if length <= _CONVERGED:
            break
        point = torch.cos(length) * point + torch.sin(length) * path / length
        point = point / point.norm()
    return (lengths.mean() * point).reshape(tensors.shape[1:])
