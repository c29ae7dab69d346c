"""Merges of models in files: read and written a tensor at a time."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mergeability.checkpoints.alignment import Checkpoint, align, wide
from mergeability.checkpoints.lazy import ALL, LazyTensor, of_tensor
from mergeability.checkpoints.model_files import SUFFIXES
from mergeability.checkpoints.opening import Weights, open_source, open_weights
from mergeability.checkpoints.soundness import DIVERGED, UnusableError
from mergeability.checkpoints.writing import write_model
from mergeability.files import check_free
from mergeability.joblog import progress
from mergeability.mergers import TaskVectors, merge_updates
from mergeability.metrics.geometry import inner_product
from mergeability.plugins import MERGERS, merger_statistics
from mergeability.tensors import TensorMap

AnyPath = str | Path


def merge(
    models: Sequence[AnyPath],
    base: AnyPath,
    out: AnyPath,
    *,
    method: str,
    parameters: Mapping[str, Any] | None = None,
    seed: int = 0,
    allow_pickle: bool = False,
) -> None:
    """Merge some models of one base by a method of `mergeability.mergers`, and write the result.

    `models` and `base` are as for `compare`. `out` becomes one safetensors file if it is called so,
    else a folder of the base's shards, configs and tokenizer that transformers loads. Float types
    are those of the base; what a model lacks stays as in the base.

    Tensors are merged one at a time, but for methods that look at all of them at once
    (`needs_whole`): those hold all models in memory. Models count in the order of their names
    (`model_names`), which matters to `slerp` and to random masks alone.

    Raises one `ValueError` or `OSError`, with file or setting and cure, and writes nothing then.
    """
    given = dict(parameters or {})
    check_method(method, given, len(models))
    check_free(Path(out))
    before = open_weights(base, allow_pickle)
    names = model_names(models)
    checkpoints = {
        name: align(open_source(path, allow_pickle), before)
        for name, path in zip(names, models, strict=True)
    }
    write_merge(before, checkpoints, Path(out), method=method, parameters=given, seed=seed)


def write_merge(
    base: Weights,
    checkpoints: Mapping[str, Checkpoint],
    out: Path,
    *,
    method: str,
    parameters: Mapping[str, Any],
    seed: int = 0,
    name: str = "",
) -> None:
    """As `merge`, of checkpoints that were laid beside their base, by name.

    `name` is that of the config entry, from which the seed of random methods is derived too; that
    of the method where there is none.
    """
    settings = {**parameters, **MERGERS.resolve(method, parameters)}
    merging = _Merging(base, checkpoints, method, settings, seed, name or method)
    tensors = merging.whole() if needs_whole(method, parameters) else merging.streamed()
    tensors |= {name: tensors[kept] for name, kept in base.tied.items()}
    about = {"method": method, "parameters": parameters, "models": sorted(checkpoints)}
    metadata = {"mergeability": json.dumps({**about, "seed": seed}, sort_keys=True)}
    write_model(out, tensors, base, metadata)


def write_checkpoint(base: Weights, name: str, checkpoint: Checkpoint, out: Path) -> None:
    """Write one checkpoint as `merge` writes merges: in the shards and float types of the base."""
    write_merge(base, {name: checkpoint}, out, method="task_arithmetic", parameters={"scale": 1.0})


def check_method(method: str, parameters: Mapping[str, Any], models: int) -> None:
    """Raise `ValueError` for a method or parameters that do not exist or cannot work here."""
    problems = list(MERGERS.problems("merge", method, parameters))
    if problems:
        raise ValueError("; ".join(problems))
    if kind := merger_statistics(method):
        raise ValueError(
            f"{method}: needs data of the tasks ({kind}), which files of weights do not have; "
            "merge by another method, or in a zoo with a dataset"
        )
    wanted = MERGERS.constant(method, "MODELS")
    if models < 2 or (wanted and models != wanted):
        raise ValueError(f"{method}: merges {wanted or 'two or more'} models, not {models}")
    if conflict := MERGERS.conflict(method, parameters, models=models):
        raise ValueError(f"{method}: {conflict}")


def needs_whole(method: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a method looks at all tensors at once, with these parameters."""
    if parameters.get("layer_scaling"):
        return True
    condition = MERGERS.constant(method, "WHOLE")
    values = MERGERS.resolve(method, parameters)
    return condition is not None and all(values[key] == condition[key] for key in condition)


def model_names(paths: Sequence[AnyPath]) -> list[str]:
    """A name for each path: its last part without suffix; equal ones get the folder's too."""
    parts = [Path(path).resolve() for path in paths]
    bare = [path.stem if path.suffix in SUFFIXES else path.name for path in parts]
    count = Counter(bare)
    names = [
        f"{path.parent.name}-{name}" if count[name] > 1 else name
        for path, name in zip(parts, bare, strict=True)
    ]
    if twice := [name for name, number in Counter(names).items() if number > 1]:
        raise ValueError(f"two models are called {twice[0]!r}; name each once, or rename one")
    return names


class _Merging:
    """One merge: how each tensor is made, and how far each model turned out to be from the base."""

    def __init__(
        self,
        base: Weights,
        checkpoints: Mapping[str, Checkpoint],
        method: str,
        parameters: Mapping[str, Any],
        seed: int,
        name: str,
    ) -> None:
        self._base, self._checkpoints = base, checkpoints
        self._method, self._parameters = method, parameters
        self._seed, self._name = seed, name
        changed = {name for one in checkpoints.values() for name in one.changes}
        self._left = {name for name in base.tensors if name in changed}
        self._progress = progress(range(len(self._left)), len(self._left), "tensors merged")
        self._square = 0.0
        self._squares = dict.fromkeys(checkpoints, 0.0)

    def streamed(self) -> dict[str, LazyTensor]:
        """The merged tensors, each made when it is read; those that no model changed are copied."""
        return {
            name: tensor._replace(read=partial(self._read, name), held=None)
            if name in self._left
            else tensor
            for name, tensor in self._base.tensors.items()
        }

    def whole(self) -> dict[str, LazyTensor]:
        """The same, with all of them in memory."""
        floats = {n: t for n, t in self._base.tensors.items() if t.dtype.is_floating_point}
        before = {name: tensor.load().to(wide(tensor.dtype)) for name, tensor in floats.items()}
        updates: dict[str, dict[str, Tensor]] = {name: {} for name in self._checkpoints}
        for name, tensor in before.items():
            for model, update in self._updates(name, tensor).items():
                updates[model][name] = update
        merged = self._merge(before, updates)
        return {
            **self._base.tensors,
            **{name: of_tensor(merged[name].to(floats[name].dtype)) for name in merged},
        }

    def _read(self, name: str, rows: slice) -> Tensor:
        tensor = self._base.tensors[name]
        before = tensor.load().to(wide(tensor.dtype))
        updates = {model: {name: one} for model, one in self._updates(name, before).items()}
        return self._merge({name: before}, updates)[name].to(tensor.dtype)[
            rows if rows != ALL else ...
        ]

    def _merge(self, before: TensorMap, updates: TaskVectors) -> dict[str, Tensor]:
        return merge_updates(
            before, updates, self._method, self._parameters, self._name, self._seed
        )

    def _updates(self, name: str, before: Tensor) -> dict[str, Tensor]:
        """What each model adds to a tensor; useless models are refused once all were read."""
        found = {}
        for model, checkpoint in self._checkpoints.items():
            change = checkpoint.changes.get(name)
            update = change.update(before, ALL) if change else torch.zeros_like(before)
            square = _square(update)
            if not isfinite(square):
                raise UnusableError(
                    f"{checkpoint.path}: tensor {name!r} holds NaN or infinite values; the "
                    "training diverged or the file is damaged, use another checkpoint"
                )
            self._squares[model] += square
            found[model] = update
        self._square += _square(before)
        if name in self._left:
            self._left.remove(name)
            next(self._progress, None)
            if not self._left:
                self._check_models()
        return found

    def _check_models(self) -> None:
        for model, checkpoint in self._checkpoints.items():
            if not self._squares[model]:
                raise UnusableError(
                    f"{checkpoint.path}: the weights of the base itself; name a fine-tuned model"
                )
            if self._squares[model] > DIVERGED**2 * self._square:
                raise UnusableError(
                    f"{checkpoint.path}: more than {DIVERGED:g} times the norm of the base away "
                    "from it; the training diverged, use another checkpoint"
                )


def _square(tensor: Tensor) -> float:
    array = tensor.numpy()
    return inner_product(array, array) if array.size else 0.0
