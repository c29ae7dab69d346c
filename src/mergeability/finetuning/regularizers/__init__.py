"""Regularizers: each module `regularizers/<method>.py` defines one function

    prepare(pretrained, *, <parameters>) -> Regularizer

that takes the pretrained weights (name -> tensor) and computes once what it needs of them. Its
keyword parameters, with the types below, are the keys that a config entry of this method may set
beside `strength`. Training minimises loss + strength * penalty.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Protocol

import torch
from torch import Tensor

from mergeability.tensors import TensorMap

Count = int  # at least 1; the name tells config validation so

# The loss of the batch as terms whose sum it is; every call computes them anew, one by one.
Losses = Callable[[], Iterator[Tensor]]


class Regularizer(Protocol):
    """Adds strength * (gradient of the penalty) to `.grad` of the weights; returns the penalty.

    When it is called, `.grad` holds the gradient of the loss.
    """

    def __call__(self, weights: TensorMap, losses: Losses, strength: float) -> Tensor: ...


def of_weights(penalty: Callable[[TensorMap], Tensor]) -> Regularizer:
    """The regularizer whose penalty is a function of the weights alone."""

    def add_gradient(weights: TensorMap, losses: Losses, strength: float) -> Tensor:  # noqa: ARG001
        value = penalty(weights)
        (strength * value).backward()
        return value.detach()

    return add_gradient


def prepare_regularizer(
    entry: Mapping[str, Any] | None, weights: TensorMap
) -> Callable[[TensorMap, Losses], Tensor]:
    """The regularizer of a config entry (`method`, `strength`, parameters), or one without effect.

    `weights` are the pretrained ones, about to be trained; what is kept of them is a copy.
    """
    if entry is None:
        return lambda weights, losses: torch.zeros(())  # noqa: ARG005
    pretrained = {name: weight.detach().clone() for name, weight in weights.items()}
    module = import_module(f"mergeability.finetuning.regularizers.{entry['method']}")
    parameters = {key: entry[key] for key in entry.keys() - {"method", "strength"}}
    regularizer: Regularizer = module.prepare(pretrained, **parameters)
    return lambda weights, losses: regularizer(weights, losses, entry["strength"])
