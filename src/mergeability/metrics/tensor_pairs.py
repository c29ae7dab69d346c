"""The metrics of weights for models in files, tensor by tensor; no update is ever held whole.

What a sketch keeps on the disk is computed here while the files are read: each of them once,
however many pairs there are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import combinations
from math import nan, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from mergeability.checkpoints.alignment import Checkpoint, wide
from mergeability.checkpoints.lazy import ALL, LazyTensor, row_blocks
from mergeability.checkpoints.soundness import UnusableError, is_rounded_tensor
from mergeability.files import Tensors, read_tensors
from mergeability.metrics.factors import (
    Factors,
    low_rank_factors,
    rounding_noise,
    singular_factors,
)
from mergeability.metrics.geometry import Array, Gram, inner_product
from mergeability.metrics.pair import SketchPair, UndefinedMetricError
from mergeability.metrics.registry import FAMILIES

RANK, SPECTRUM = 10, 100  # as published

_OF_VECTORS, _OF_SUBSPACES = ("task_vector", "effective_rank"), "subspace"
METRICS = tuple(name for key in (*_OF_VECTORS, _OF_SUBSPACES) for name in FAMILIES[key].metrics)


class TensorMeasures(NamedTuple):
    """What is known of one tensor, of all models and their pairs (by their numbers)."""

    name: str
    size: int
    before: float  # squared norm in the base; NaN where it was not read
    products: Array  # [models, models], inner products of the updates
    opposed: Array  # [models, models], sum of min(|a|, |b|) where their signs differ; NaN if unread
    common: Array  # [models, models], the same sum over all entries
    subspaces: Mapping[tuple[int, int], tuple[float, ...]]
    rounded: tuple[bool, ...]  # whether all updates so far are no more than rounding


class UpdatePair(SketchPair):
    """Two updates as the families of metrics see them, from their inner products and factors."""

    def __init__(
        self, grams: Sequence[Gram], factors: tuple[Factors, Factors] | None = None
    ) -> None:
        self._given, self._factors = list(grams), factors
        self._names = ("first", "second")

    def part(
        self,
        name: str,
        read: Callable[[str | Path, str], Tensors] = read_tensors,  # noqa: ARG002
    ) -> tuple[Tensors, Tensors]:
        """The factors of the one matrix."""
        if self._factors is None:
            raise UndefinedMetricError("there are no factors")
        first, second = ({"": getattr(one, name).numpy()} for one in self._factors)
        return first, second

    def _grams(self, part: str) -> list[Gram]:  # noqa: ARG002
        return self._given


def measure(
    base: Mapping[str, LazyTensor], checkpoints: Sequence[Checkpoint], subspaces: bool = False
) -> Iterator[TensorMeasures]:
    """Every tensor of the base that one of `checkpoints` changes, in the order of the base.

    Updates of low rank are never multiplied out where all models have such, and their subspaces
    are compared at once; those of full matrices only with `subspaces`, since that takes a
    decomposition of each. Raises `UnusableError`, naming file and tensor, for NaN and infinity.
    """
    rounded = [True] * len(checkpoints)
    for name, tensor in base.items():
        changes = [checkpoint.changes.get(name) for checkpoint in checkpoints]
        if not any(changes):
            continue
        if all(change is None or change.low_rank for change in changes):
            one = _of_factors(name, tensor, checkpoints, rounded)
        else:
            one = _of_entries(name, tensor, checkpoints, subspaces, rounded)
        rounded = list(one.rounded)
        yield one


def _of_factors(
    name: str, tensor: LazyTensor, checkpoints: Sequence[Checkpoint], rounded: Sequence[bool]
) -> TensorMeasures:
    parts: list[tuple[Tensor, Tensor] | None] = []
    for checkpoint in checkpoints:
        change = checkpoint.changes.get(name)
        parts.append(change.low_rank.factors() if change and change.low_rank else None)
    models = len(parts)
    products = np.zeros((models, models))
    for i, first in enumerate(parts):
        for j, second in enumerate(parts[: i + 1]):
            if first and second:
                (a, b), (c, d) = ((x.double(), y.double()) for x, y in (first, second))
                products[i, j] = products[j, i] = float(((a.T @ c) * (b @ d.T)).sum())
    _check_finite(name, products, checkpoints)
    factors = [part and low_rank_factors(*part, RANK, SPECTRUM) for part in parts]
    unread = np.full((models, models), nan)
    return TensorMeasures(
        name,
        tensor.size,
        nan,
        products,
        unread,
        unread,
        _subspaces(factors, products),
        tuple(was and not part for was, part in zip(rounded, parts, strict=True)),
    )


@np.errstate(invalid="ignore", over="ignore")  # infinite values are refused, by name
def _of_entries(
    name: str,
    tensor: LazyTensor,
    checkpoints: Sequence[Checkpoint],
    subspaces: bool,
    rounded: list[bool],
) -> TensorMeasures:
    models = len(checkpoints)
    products, opposed, common = (np.zeros((models, models)) for _ in range(3))
    square = 0.0
    decompose = subspaces and len(tensor.shape) == 2
    factors: list[Factors | None] = [None] * models
    for rows in [ALL] if decompose else row_blocks(tensor.shape):
        before = tensor.load(rows).to(wide(tensor.dtype))
        updates: dict[int, Array] = {}
        square += _product(before.numpy(), before.numpy())
        for number, checkpoint in enumerate(checkpoints):
            if change := checkpoint.changes.get(name):
                update = change.update(before, rows)
                updates[number] = update.numpy()
                if rounded[number]:
                    rounded[number] = is_rounded_tensor(before + update, before)
                if decompose and update.any():
                    noise = rounding_noise(before, update)
                    factors[number] = singular_factors(update, RANK, SPECTRUM, noise)
        sizes = {number: np.abs(update) for number, update in updates.items()}
        for i, first in updates.items():
            for j in filter(lambda j: j <= i, updates):
                products[i, j] += _product(first, updates[j])
                if i != j:
                    least = np.minimum(sizes[i], sizes[j])
                    common[i, j] += least.sum(dtype=np.float64)
                    unlike = np.signbit(first) != np.signbit(updates[j])
                    opposed[i, j] += np.multiply(least, unlike).sum(dtype=np.float64)
    products, opposed, common = (half + np.tril(half, -1).T for half in (products, opposed, common))
    if not np.isfinite(square):
        raise UnusableError(f"the base: tensor {name!r} holds NaN or infinite values")
    _check_finite(name, products, checkpoints)
    return TensorMeasures(
        name,
        tensor.size,
        square,
        products,
        opposed,
        common,
        _subspaces(factors, products),
        tuple(rounded),
    )


def _product(first: Array, second: Array) -> float:
    return inner_product(first, second) if first.size else 0.0


def _check_finite(name: str, products: Array, checkpoints: Sequence[Checkpoint]) -> None:
    for checkpoint, square in zip(checkpoints, products.diagonal(), strict=True):
        if not np.isfinite(square):
            raise UnusableError(
                f"{checkpoint.path}: tensor {name!r} holds NaN or infinite values; the training "
                "diverged or the file is damaged, use another checkpoint"
            )


def _subspaces(
    factors: Sequence[Factors | None], products: Array
) -> dict[tuple[int, int], tuple[float, ...]]:
    found = {}
    for i, j in combinations(range(len(factors)), 2):
        first, second = factors[i], factors[j]
        if first and second and products[i, i] and products[j, j]:
            pair = UpdatePair([gram_of(products, i, j)], (first, second))
            found[i, j] = tuple(_values(_OF_SUBSPACES, pair))
    return found


def gram_of(products: Array, i: int, j: int) -> Gram:
    """The Gram matrix of the updates `i` and `j`, from the inner products of all."""
    return Gram(*(float(products[place]) for place in ((i, i), (j, j), (i, j))))


def _values(family: str, pair: SketchPair) -> Iterator[float]:
    module = import_module(f"mergeability.metrics.families.{family}")
    for function in FAMILIES[family].functions:
        yield float(getattr(module, function)(pair))


def summarise(measures: Sequence[TensorMeasures], i: int = 0, j: int = 1) -> dict[str, Any]:
    """The metrics of models `i` and `j` over some tensors, taken as one vector.

    `norm_a`, `norm_b`: of the updates; `relative_a`, `relative_b`: over that of the base.
    `sign_conflict`: sum of min(|a|, |b|) over entries of unlike signs, over the sum of all, in
    [0, 1]; about a half for unrelated updates. Then the 18 metrics of weights: those of subspaces
    are means over matrices. NaN where there is none: a model that changed nothing has no direction.
    """
    grams = [gram_of(one.products, i, j) for one in measures]
    total = Gram(*np.sum(grams, axis=0).tolist()) if grams else Gram(0.0, 0.0, 0.0)
    before = sqrt(sum(one.before for one in measures))
    common = sum(one.common[i, j] for one in measures)
    row: dict[str, Any] = {
        "tensors": len(measures),
        "parameters": sum(one.size for one in measures),
        "norm_a": total.norms[0],
        "norm_b": total.norms[1],
        "relative_a": total.norms[0] / before if before else nan,
        "relative_b": total.norms[1] / before if before else nan,
        "sign_conflict": sum(one.opposed[i, j] for one in measures) / common if common else nan,
        **dict.fromkeys(METRICS, nan),
    }
    if all(total.norms):
        pair = UpdatePair(grams)
        for family in _OF_VECTORS:
            row.update(zip(FAMILIES[family].metrics, _values(family, pair), strict=True))
    if values := [one.subspaces[i, j] for one in measures if (i, j) in one.subspaces]:
        row.update(zip(FAMILIES[_OF_SUBSPACES].metrics, np.mean(values, axis=0), strict=True))
    return row
