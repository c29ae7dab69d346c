"""RegMean, regression mean (Jin et al. 2023, arXiv 2212.09849, section 3.2)."""

import torch
from torch import Tensor

from mergeability.mergers import Fraction, Statistics, TaskVectors, merge_each_tensor
from mergeability.tensors import TensorMap

STATISTICS = "gram"

_INPUT_FIRST = {"proj"}  # open_clip multiplies this one from the right: [inputs, outputs]


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    off_diagonal: Fraction = 0.9,
    statistics: Statistics,
) -> dict[str, Tensor]:
    """Linear layers W = (sum_i W_i G_i) (sum_i G_i)^-1; the mean of all other tensors.

    G_i = X_i^T X_i are the inner products of what enters the layer in model i, on its own task:
    W minimises sum_i ||X_i W^T - X_i W_i^T||^2. Entries off the diagonal are multiplied by
    `off_diagonal` (alpha in the paper), which keeps the sum invertible where there are fewer
    samples than inputs. Inputs that are always 0 leave their column of W at the mean.

    Raises `ValueError` where Gram matrices do not fit the layers, or their sum is singular.
    """
    merged = merge_each_tensor(pretrained, task_vectors, lambda updates: updates.mean(dim=0))
    for name in _layers(statistics, pretrained):
        updates = torch.stack([_as_matrix(tau[name], name) for tau in task_vectors.values()])
        grams = torch.stack([statistics[task][name].double() for task in task_vectors])
        diagonals = torch.diag_embed(grams.diagonal(dim1=1, dim2=2))
        grams = off_diagonal * grams + (1 - off_diagonal) * diagonals
        update = _as_matrix(_regress(updates.double(), grams, name), name)
        weight = pretrained[name]
        merged[name] = weight + update.reshape(weight.shape).to(weight.dtype)
    return merged


def _layers(statistics: Statistics, pretrained: TensorMap) -> list[str]:
    """Names of the layers that all tasks have Gram matrices of, which must fit."""
    for task, grams in statistics.items():
        fits = grams.keys() == next(iter(statistics.values())).keys() and all(
            name in pretrained and gram.shape == (_as_matrix(pretrained[name], name).shape[1],) * 2
            for name, gram in grams.items()
        )
        if not fits:
            raise ValueError(
                f"regmean: the Gram matrices of task {task!r} do not fit the layers of the model; "
                "compute its statistics again"
            )
    return sorted(grams)


def _as_matrix(weight: Tensor, name: str) -> Tensor:
    """[outputs, inputs] of a layer whose weights may be a convolution's or stand the other way."""
    return weight.T if name in _INPUT_FIRST else weight.reshape(len(weight), -1)


def _regress(updates: Tensor, grams: Tensor, name: str) -> Tensor:
    """The regression mean of `updates` [models, outputs, inputs], found around their mean."""
    mean = updates.mean(dim=0)
    total = grams.sum(dim=0)
    never_active = total.diagonal() == 0
    factor, failed = torch.linalg.cholesky_ex(total + torch.diag(never_active.to(total.dtype)))
    if failed:
        raise ValueError(
            f"regmean: the Gram matrices of {name!r} are singular; lower off_diagonal, or compute "
            "them from more samples"
        )
    deviations = ((updates - mean) @ grams).sum(dim=0)
    return mean + torch.cholesky_solve(deviations.T, factor).T
