"""Mergers: each module `mergers/<method>.py` defines one function

    merge(pretrained, task_vectors, *, <parameters>) -> merged weights

that takes the pretrained weights (name -> tensor), the task vectors of any number of
checkpoints (task -> name -> tensor) and returns weights of the same names, shapes and dtype.
It is pure and runs on the device of its inputs. Its keyword parameters, with the types below,
are the keys that a config entry of this method may set. Two parameters are not for the config:
`seed` receives an integer derived from the name of the config entry, and `statistics` what the
method needs to know of every checkpoint beside its weights (task -> name -> tensor). Constants
say what rules and configs must know, and are read without importing the module:

    STATISTICS = "fisher"  what `statistics` holds: a kind of `mergeability.merger_statistics`, or
                           "examples", the samples themselves, to run weights on (`Examples`)
    MODELS = 2             how many models the method takes, where it does not take any number
    STEP = "mean"          a mean of the updates times `scale` (1 where there is none) is added, or
                           "sum", their sum; only for methods that are no more than that
    LINEAR = "scale"       a parameter that the merged update is proportional to, where there is one
    WHOLE = {}             the method looks at all tensors at once, where its parameters have the
                           values in here; others may be called with one tensor at a time

A function `problem(*, <some parameters>)` says in one line why values that are allowed one by one
cannot work together, or returns None. It may also ask for `models`, their number. A check of a
config calls it without importing the module, so it may use nothing but its arguments.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mergeability.mergers._layer_scaling import scale_layers
from mergeability.naming import stable_seed
from mergeability.tensors import BLOCK, TensorMap, check_compatible

TaskVectors = Mapping[str, TensorMap]
Statistics = Mapping[str, TensorMap]  # also by task
Parts = Sequence[Tensor]
Fraction = float  # within [0, 1]; the name tells config validation so
Count = int  # from 1, likewise


class Examples(Protocol):
    """Samples of a task without their labels, and an encoder that runs them with any weights."""

    def __len__(self) -> int: ...

    def layers(self, weights: TensorMap) -> list[str]:
        """Names of the weights that multiply by a matrix, in the order in which they do."""

    def grams(self, weights: TensorMap, layers: Collection[str]) -> dict[str, Tensor]:
        """X^T X of what enters some layers of an encoder with these weights, over all samples."""

    def logits(self, weights: TensorMap, rows: NDArray[np.int64]) -> Tensor:
        """Logits [rows, classes] of some samples, differentiable in the weights."""


SomeStatistics = Mapping[str, TensorMap | Examples]


def each_tensor(pretrained: TensorMap, merge: Callable[[str, Tensor], Tensor]) -> dict[str, Tensor]:
    """`merge(name, weight)` of every pretrained weight.

    As many tensors at a time as torch has threads, and each on one: no result depends on how many
    there are.
    """
    threads = torch.get_num_threads()
    if threads == 1:  # a thread beside this one would only get its memory anew, again and again
        return {name: merge(name, weight) for name, weight in pretrained.items()}
    torch.set_num_threads(1)  # also of those in the pool
    try:
        with ThreadPoolExecutor(threads) as pool:
            merged = pool.map(merge, pretrained.keys(), pretrained.values())
            return dict(zip(pretrained, merged, strict=True))
    finally:
        torch.set_num_threads(threads)


def merge_each_tensor(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    combine: Callable[[Tensor], Tensor],
    scale: float = 1.0,
) -> dict[str, Tensor]:
    """theta_0 + scale * combine(T) tensor by tensor, T being the stacked updates [models, ...]."""

    def merge(name: str, weight: Tensor) -> Tensor:
        return weight + scale * combine(torch.stack([tau[name] for tau in task_vectors.values()]))

    return each_tensor(pretrained, merge)


def merge_each_entry(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    combine: Callable[[Tensor, Parts], Tensor],
    scale: float = 1.0,
    of_tensor: Callable[[Sequence[Tensor]], Parts] = tuple,
) -> dict[str, Tensor]:
    """As `merge_each_tensor`, of what looks at each entry alone: `combine(T, of_tensor(updates))`.

    T holds a block of the entries of all updates, so that none but the updates is as large as a
    tensor. `of_tensor` tells beforehand what must be known of all entries.
    """

    def merge(name: str, weight: Tensor) -> Tensor:
        updates = [tau[name] for tau in task_vectors.values()]
        known = of_tensor(updates)
        flat = [update.reshape(-1) for update in updates]
        merged = torch.empty(weight.shape, dtype=weight.dtype, device=weight.device)
        blocks = (tensor.reshape(-1).split(BLOCK) for tensor in (weight, merged))
        for number, (before, after) in enumerate(zip(*blocks, strict=True)):
            part = slice(number * BLOCK, (number + 1) * BLOCK)
            together = torch.stack([update[part] for update in flat])
            torch.add(before, scale * combine(together, known), out=after)
        return merged

    return each_tensor(pretrained, merge)


def merge_checkpoints(
    pretrained: TensorMap,
    checkpoints: TaskVectors,
    method: str,
    parameters: Mapping[str, Any],
    name: str,
    seed: int,
    statistics: SomeStatistics | None = None,
) -> dict[str, Tensor]:
    """Merge `checkpoints` (task -> weights) with one config entry of the mergers.

    `method` and `parameters` are the entry's content and `name` its name, from which, with the
    study's `seed`, the seed of random methods is derived. `statistics` (task -> name -> tensor) is
    for methods that ask for it. The order of the checkpoints does not matter.

    Every method takes one parameter more, `layer_scaling`: the two numbers of LiNeS, which scale
    the merged update by depth (see `_layer_scaling`).

    Raises `ValueError` for weights that do not fit the pretrained ones, for statistics that are
    missing, and for a number of checkpoints that the method does not take.
    """
    task_vectors = {
        task: _Updates(pretrained, checkpoint, f"checkpoint of task {task!r}")
        for task, checkpoint in checkpoints.items()
    }
    return merge_updates(pretrained, task_vectors, method, parameters, name, seed, statistics)


def merge_updates(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    method: str,
    parameters: Mapping[str, Any],
    name: str,
    seed: int,
    statistics: SomeStatistics | None = None,
) -> dict[str, Tensor]:
    """As `merge_checkpoints`, of task vectors (task -> name -> update) that fit already."""
    merger = import_module(f"mergeability.mergers.{method}")
    models = getattr(merger, "MODELS", len(task_vectors))
    if len(task_vectors) != models:
        raise ValueError(f"{method} merges {models} checkpoints, not {len(task_vectors)}")
    settings = dict(parameters)
    layer_scaling = settings.pop("layer_scaling", None)
    if "seed" in (merger.merge.__kwdefaults__ or {}):
        settings["seed"] = stable_seed(seed, "merger", name)
    if hasattr(merger, "STATISTICS"):
        settings["statistics"] = _statistics_of(task_vectors, statistics or {}, merger.STATISTICS)
    in_order = {task: task_vectors[task] for task in sorted(task_vectors)}
    merged: dict[str, Tensor] = merger.merge(pretrained, in_order, **settings)
    return scale_layers(pretrained, merged, *layer_scaling) if layer_scaling else merged


class _Updates(Mapping[str, Tensor]):
    """A task vector as `task_vector` computes it, each tensor when it is asked for.

    Most mergers ask once, tensor by tensor, so that no whole task vector is ever in memory.
    """

    def __init__(self, pretrained: TensorMap, checkpoint: TensorMap, name: str) -> None:
        check_compatible(pretrained, checkpoint, name)
        self.pretrained, self.checkpoint = pretrained, checkpoint

    def __getitem__(self, name: str) -> Tensor:
        return self.checkpoint[name] - self.pretrained[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.pretrained))

    def __len__(self) -> int:
        return len(self.pretrained)


def _statistics_of(
    checkpoints: TaskVectors, statistics: SomeStatistics, kind: str
) -> dict[str, TensorMap | Examples]:
    if missing := sorted(set(checkpoints) - set(statistics)):
        raise ValueError(f"this merger needs statistics of kind {kind!r}; missing for {missing}")
    return {task: statistics[task] for task in sorted(checkpoints)}
