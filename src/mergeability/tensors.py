"""Task vectors, and the checks that tensors of two models fit together."""

from collections.abc import Mapping

import torch
from torch import Tensor

TensorMap = Mapping[str, Tensor]

BLOCK = 1 << 18  # entries to look at at a time: of a few models they fit a processor's cache


def check_compatible(reference: TensorMap, other: TensorMap, name: str) -> None:
    """Raise `ValueError` unless `other` has exactly the tensors of `reference`, shape by shape."""
    missing = sorted(set(reference) - set(other))
    extra = sorted(set(other) - set(reference))
    if missing or extra:
        raise ValueError(
            f"{name}: tensors differ from the pretrained weights (missing {missing[:3]}, "
            f"unexpected {extra[:3]}); is it a checkpoint of the same backbone?"
        )
    for key, tensor in reference.items():
        if tensor.shape != other[key].shape:
            raise ValueError(
                f"{name}: tensor {key!r} has shape {tuple(other[key].shape)}, "
                f"the pretrained weights have {tuple(tensor.shape)}"
            )


def task_vector(pretrained: TensorMap, checkpoint: TensorMap, name: str) -> dict[str, Tensor]:
    """tau = theta - theta_0 for every tensor (Ilharco et al. 2023, arXiv 2212.04089, section 2).

    Shapes are those of the weights. `name` appears in the error where tensors do not fit.
    """
    check_compatible(pretrained, checkpoint, name)
    return {key: checkpoint[key] - pretrained[key] for key in sorted(pretrained)}


def kth_smallest(values: Tensor, k: int, in_place: bool = False) -> Tensor:
    """The k-th smallest of all entries, k from 1; on the CPU much faster than `kthvalue`.

    With `in_place` it may change the order of the entries, and needs no memory.
    """
    flat = values.reshape(-1)
    if values.device.type != "cpu":
        return flat.kthvalue(k).values
    array = flat.numpy() if in_place else flat.numpy().copy()
    array.partition(k - 1)
    return torch.tensor(array[k - 1])


def flatten(tensors: TensorMap) -> Tensor:
    """All tensors as one vector, in the order of their names."""
    return torch.cat([tensors[key].reshape(-1) for key in sorted(tensors)])


def unflatten(vector: Tensor, like: TensorMap) -> dict[str, Tensor]:
    """The inverse of `flatten`: tensors of the names and shapes of `like`."""
    names = sorted(like)
    parts = vector.split([like[name].numel() for name in names])
    return {name: part.reshape(like[name].shape) for name, part in zip(names, parts, strict=True)}
