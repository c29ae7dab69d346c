"""Penalty on the part of the task vector outside of the leading pretrained subspaces."""

from typing import Literal

from torch import Tensor

from mergeability.finetuning.regularizers import Count, Regularizer, of_weights
from mergeability.finetuning.singular_vectors import leading_singular_vectors
from mergeability.tensors import TensorMap


def prepare(
    pretrained: TensorMap, *, rank: Count = 10, side: Literal["left", "right", "both"] = "right"
) -> Regularizer:
    """Sum over matrices of ||tau - tau V V^T||^2, tau = W - W_0.

    V [n, rank] holds the leading right singular vectors of W_0, and with `side` left it is the
    same of the transposes: ||tau - U U^T tau||^2. `both` adds the two. Weights that are not
    matrices are free. From the code published with arXiv 2601.22285 ("task vector subspace
    penalty"), which uses a strength of 1e-4.
    """
    subspaces = leading_singular_vectors(pretrained, rank)

    def penalty(weights: TensorMap) -> Tensor:
        outside = [
            (update - update @ basis @ basis.T).square().sum()
            for name, vectors in subspaces.items()
            for update, basis in vectors.facing(weights[name] - pretrained[name], side)
        ]
        return sum(outside[1:], start=outside[0])

    return of_weights(penalty)
