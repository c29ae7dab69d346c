"""Penalty on the gradient of the loss, differentiated through."""

from collections.abc import Sequence

from torch import Tensor
from torch.autograd import grad
from torch.nn.attention import SDPBackend, sdpa_kernel

from mergeability.finetuning.regularizers import Losses, Regularizer
from mergeability.tensors import TensorMap


def prepare(pretrained: TensorMap) -> Regularizer:  # noqa: ARG001
    """||g||^2, g being the gradient of the batch's mean loss with respect to all weights.

    Double backpropagation (Drucker and LeCun 1992), on weights instead of inputs as in explicit
    gradient regularization (Barrett and Dherin 2021, arXiv 2009.11162). "R3" of arXiv 2601.22285,
    whose published code (strength 1) takes g from `.grad`: a constant, so that the penalty has no
    gradient and cannot act.

    Here it has: 2 H g, H being the Hessian of the loss. Where a batch comes in parts, H is a sum
    over them while g is that of the whole batch, so that the number of parts does not matter.
    """

    def add_gradient(weights: TensorMap, losses: Losses, strength: float) -> Tensor:
        used = {
            weight: weight.grad.clone() for weight in weights.values() if weight.grad is not None
        }
        gradient = list(used.values())
        # The fused attention kernels have no second derivative.
        with sdpa_kernel(SDPBackend.MATH):
            for loss in losses():
                part = grad(loss, list(used), create_graph=True)
                (2 * strength * _inner(part, gradient)).backward()
        return _inner(gradient, gradient)

    return add_gradient


def _inner(left: Sequence[Tensor], right: Sequence[Tensor]) -> Tensor:
    products = [(a * b).sum() for a, b in zip(left, right, strict=True)]
    return sum(products[1:], start=products[0])
