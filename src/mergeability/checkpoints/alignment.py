"""A checkpoint beside its base: which tensors match, and what it changes in each of them."""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from mergeability.checkpoints.adapters import Adapter, LowRank
from mergeability.checkpoints.layouts import OF_TOOLS
from mergeability.checkpoints.lazy import LazyTensor
from mergeability.checkpoints.opening import Weights
from mergeability.suggestions import shortened

_EMBEDDING = re.compile(r"(^|\.)((?!pos)\w*embed\w*|wte|shared|lm_head)\.weight$")
_DEPTH = 3  # parts of a name that may stand around a model
_ENOUGH = 0.5  # of the tensors of a checkpoint, or else it is of another base


class Change(NamedTuple):
    """What a checkpoint makes of a tensor of its base.

    `update(before, rows)`: what it adds to these rows, which are `before` in the base. `low_rank`
    holds the factors of the update where it is of low rank and no more.
    """

    update: Callable[[Tensor, slice], Tensor]
    low_rank: LowRank | None = None


class Coverage(NamedTuple):
    """Which tensors of a checkpoint were compared with the base, and what became of the others."""

    matched: tuple[str, ...]  # by their names in the base
    missing: tuple[str, ...] = ()  # in the base alone
    new: tuple[str, ...] = ()  # in the checkpoint alone
    cut: tuple[str, ...] = ()  # embeddings with another number of rows
    other_shape: tuple[str, ...] = ()
    not_float: tuple[str, ...] = ()
    renamed: str = ""  # what was done to names, in words

    def lines(self) -> list[str]:
        """The report in words: one line per kind that occurs."""
        said = {
            "in the base alone, taken from there": self.missing,
            "new (such as heads), left out": self.new,
            "embeddings of another length, their common rows taken": self.cut,
            "of another shape, taken from the base": self.other_shape,
            "not of floating point, taken from the base": self.not_float,
        }
        lines = [f"{len(self.matched)} tensors match the base{self.renamed}"]
        return lines + [
            f"{len(names)} {kind}: {shortened(names)}" for kind, names in said.items() if names
        ]

    def counts(self) -> dict[str, object]:
        """The same for programs: names of tensors by kind; of those that match, their number."""
        return {**self._asdict(), "matched": len(self.matched)}


class Checkpoint(NamedTuple):
    """A checkpoint, by what it changes in its base; what is not in `changes` stays as it is."""

    path: Path
    kind: str
    changes: Mapping[str, Change]
    coverage: Coverage


def wide(dtype: torch.dtype) -> torch.dtype:
    """The type to compute in: float32, or float64 for that."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def align(source: Weights | Adapter, base: Weights) -> Checkpoint:
    """What `source` changes in `base`, tensor by tensor.

    Modules around a model in one of both (`module.`, `model.`, `bert.`) are taken off or added,
    whichever makes most names match. Raises `ValueError`, naming both files and the cure, where
    most tensors have no counterpart of their shape, and for quantised weights.
    """
    if isinstance(source, Adapter):
        return _align_adapter(source, base)
    names, renamed = _matching_names(source.tensors, base)
    tied = {source.tied[name]: name for name in source.tied}
    found = {new: source.tensors[old] for old, new in names.items()}
    for kept, further in tied.items():  # the base may have it under the other name
        if kept in names and names[kept] not in base.tensors:
            other, _ = _matching_names([further], base)
            found[other[further]] = source.tensors[kept]
    kinds: dict[str, list[str]] = {}
    changes: dict[str, Change] = {}
    for name, before in base.tensors.items():
        if name not in found:
            kinds.setdefault("missing", []).append(name)
            continue
        after = found[name]
        kind = _kind(source.path, name, after, before)
        kinds.setdefault(kind, []).append(name)
        if kind in ("matched", "cut"):
            changes[name] = Change(_replacing(after, before.shape))
    kinds["new"] = [name for name in found if name not in base.tensors]
    coverage = Coverage(
        **{"matched": (), **{kind: tuple(sorted(names)) for kind, names in kinds.items()}},
        renamed=renamed,
    )
    _check_enough(source.path, base, coverage)
    return Checkpoint(source.path, source.kind, changes, coverage)


def _kind(path: Path, name: str, after: LazyTensor, before: LazyTensor) -> str:
    if not before.dtype.is_floating_point:
        return "not_float"
    if not after.dtype.is_floating_point:
        raise ValueError(
            f"{path}: tensor {name!r} is of type {after.dtype}, that of the base is not; quantised "
            "weights cannot be merged, use those before quantisation"
        )
    if after.shape == before.shape:
        return "matched"
    same_width = len(before.shape) == 2 and after.shape[1:] == before.shape[1:]
    return "cut" if same_width and _EMBEDDING.search(name) else "other_shape"


def _replacing(after: LazyTensor, shape: tuple[int, ...]) -> Callable[[Tensor, slice], Tensor]:
    def update(before: Tensor, rows: slice) -> Tensor:
        if after.shape == shape:
            return after.load(rows).to(before.dtype) - before
        first, last, _ = rows.indices(shape[0])
        common = after.load(slice(min(first, after.shape[0]), min(last, after.shape[0])))
        added = torch.zeros_like(before)
        added[: len(common)] = common.to(before.dtype) - before[: len(common)]
        return added

    return update


def _check_enough(path: Path, base: Weights, coverage: Coverage) -> None:
    used = len(coverage.matched) + len(coverage.cut)
    if used >= _ENOUGH * (used + len(coverage.other_shape)) and used >= _ENOUGH * (
        used + len(coverage.new)
    ):
        return
    if coverage.other_shape:
        raise ValueError(
            f"{path}: {len(coverage.other_shape)} tensors have other shapes than in {base.path}, "
            f"such as {coverage.other_shape[0]!r}; name the base it was fine-tuned from"
        )
    raise ValueError(
        f"{path}: {len(coverage.new)} tensors are not in {base.path} (here "
        f"{shortened(coverage.new, 2)}; there {shortened(list(base.tensors), 2)}); name the base "
        "it was fine-tuned from, in the same layout"
    )


def _align_adapter(adapter: Adapter, base: Weights) -> Checkpoint:
    names, renamed = _matching_names([*adapter.updates, *adapter.replaced], base)
    if unknown := [name for name in adapter.updates if names[name] not in base.tensors]:
        raise ValueError(
            f"{adapter.path}: it adapts tensors that are not in {base.path} ({shortened(unknown)});"
            " name the base it belongs to" + (f", {adapter.base!r}" if adapter.base else "")
        )
    changes: dict[str, Change] = {}
    new, other_shape = [], []
    for name, update in adapter.updates.items():
        before = base.tensors[names[name]]
        rows, columns = update.shape
        fits = before.shape[:1] == (rows,) and before.size == rows * columns
        if not fits or not before.dtype.is_floating_point:
            raise ValueError(
                f"{adapter.path}: the update of {name!r} is {rows} x {columns}, the tensor of "
                f"{base.path} is {before.dtype} {list(before.shape)}; name the base it belongs to, "
                "not quantised, or correct fan_in_fan_out"
            )
        changes[names[name]] = Change(update.update, None if update.magnitude else update)
    for name, after in adapter.replaced.items():
        if names[name] not in base.tensors:
            new.append(name)
        elif after.shape != base.tensors[names[name]].shape:
            other_shape.append(name)
        else:
            changes[names[name]] = Change(_replacing(after, after.shape))
    coverage = Coverage(
        tuple(sorted(changes)), new=tuple(new), other_shape=tuple(other_shape), renamed=renamed
    )
    return Checkpoint(adapter.path, adapter.kind, changes, coverage)


def _matching_names(names: Collection[str], base: Weights) -> tuple[dict[str, str], str]:
    """Names in the base, by name in the checkpoint, and what was done to them in words."""
    bare = {name: ".".join(p for p in name.split(".") if p not in OF_TOOLS) for name in names}
    known = {*base.tensors, *base.tied}

    def renaming(taken: str, added: str) -> Callable[[str], str]:
        return lambda name: name if name in known else added + name.removeprefix(taken)

    ways = [("", "")]
    ways += [(prefix, "") for prefix in _prefixes(bare.values())]
    ways += [("", prefix) for prefix in _prefixes(known)]
    best = max(ways, key=lambda way: len(known & set(map(renaming(*way), bare.values()))))
    rename = renaming(*best)
    # A tensor of the base counts under the name that it is kept under.
    found = {name: base.tied.get(rename(inner), rename(inner)) for name, inner in bare.items()}
    found = {n: to if to in base.tensors else bare[n] for n, to in found.items()}
    if len({*found.values()}) < len(found):
        values = list(found.values())
        twice = next(value for value in values if values.count(value) > 1)
        raise ValueError(
            f"two tensors would be {twice!r} of {base.path}; save the state dict of one model alone"
        )
    words = [f"without {best[0]!r}"] if best[0] else [f"with {best[1]!r} before"] if best[1] else []
    words += ["without wrapping of training tools"] if any(k != v for k, v in bare.items()) else []
    return found, f" (names {', '.join(words)})" if words else ""


def _prefixes(names: Collection[str]) -> list[str]:
    """What may stand around a model: the first parts of names, each with its dot, sorted."""
    parts = {tuple(name.split(".")[:depth]) for name in names for depth in range(1, _DEPTH + 1)}
    whole = {tuple(name.split(".")) for name in names}
    return [".".join(way) + "." for way in sorted(parts - whole) if not way[-1].isdigit()]
