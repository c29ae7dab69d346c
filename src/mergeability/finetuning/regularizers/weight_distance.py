"""Penalty on the distance from the pretrained weights (published as "moderate update")."""

from torch import Tensor

from mergeability.finetuning.regularizers import Regularizer, of_weights
from mergeability.tensors import TensorMap


def prepare(pretrained: TensorMap) -> Regularizer:
    """||theta - theta_0||^2, summed over all weights: the squared length of the task vector.

    L2-SP of Li, Grandvalet and Davoine 2018 (arXiv 1802.01483) up to its factor 1/2. The code
    published with arXiv 2601.22285 uses a strength of 0.01.
    """

    def penalty(weights: TensorMap) -> Tensor:
        squares = [(weights[name] - start).square().sum() for name, start in pretrained.items()]
        return sum(squares[1:], start=squares[0])

    return of_weights(penalty)
