"""Mergers: each module `mergers/<method>.py` defines one function

    merge(pretrained, task_vectors, *, <parameters>) -> merged weights

that takes the pretrained weights (name -> tensor), the task vectors of any number of
checkpoints (task -> name -> tensor) and returns weights of the same names, shapes and dtype.
It is pure and runs on the device of its inputs. Its keyword parameters, with the types below,
are the keys that a config entry of this method may set; a parameter `seed` is not for the
config but receives an integer derived from the name of the config entry.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

import torch
from torch import Tensor

from mergeability.naming import stable_seed
from mergeability.tensors import TensorMap, task_vector

TaskVectors = Mapping[str, TensorMap]
Fraction = float  # within [0, 1]; the name tells config validation so


def merge_each_tensor(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    combine: Callable[[Tensor], Tensor],
    scale: float = 1.0,
) -> dict[str, Tensor]:
    """theta_0 + scale * combine(T) tensor by tensor, T being the stacked updates [models, ...]."""
    return {
        name: weight + scale * combine(torch.stack([tau[name] for tau in task_vectors.values()]))
        for name, weight in pretrained.items()
    }


def merge_checkpoints(
    pretrained: TensorMap,
    checkpoints: TaskVectors,
    method: str,
    parameters: Mapping[str, object],
    name: str,
    seed: int,
) -> dict[str, Tensor]:
    """Merge `checkpoints` (task -> weights) with one config entry of the mergers.

    `method` and `parameters` are the entry's content and `name` its name, from which, with the
    study's `seed`, the seed of random methods is derived. The order of the checkpoints does not
    matter. Raises `ValueError` for weights that do not fit the pretrained ones.
    """
    merge = import_module(f"mergeability.mergers.{method}").merge
    if "seed" in (merge.__kwdefaults__ or {}):
        parameters = {**parameters, "seed": stable_seed(seed, "merger", name)}
    task_vectors = {
        task: task_vector(pretrained, checkpoints[task], f"checkpoint of task {task!r}")
        for task in sorted(checkpoints)
    }
    merged: dict[str, Tensor] = merge(pretrained, task_vectors, **parameters)
    return merged
