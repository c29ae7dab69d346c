"""Two sketches side by side, and the metrics computed from them. Needs neither torch nor images."""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from importlib import import_module
from itertools import repeat
from math import nan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mergeability.files import Tensors, map_tensors, read_metadata, read_tensors
from mergeability.joblog import logger
from mergeability.metrics.directed_pair import DirectedPair
from mergeability.metrics.geometry import (
    Array,
    Gram,
    first_rows,
    inner_products,
    last_rows,
    row_space_overlap,
)
from mergeability.metrics.registry import FAMILIES


class MetricValue(NamedTuple):
    """One metric of one pair."""

    metric: str
    family: str
    value: float


class UndefinedMetricError(ValueError):
    """A metric has no value for a pair; the message says why."""


class SketchPair:
    """The sketches of two checkpoints; every part is read when a metric first asks for it.

    Task vectors and gradients, which are as large as the models, are never held in memory: their
    inner products, taken by `threads` threads, stream over the files.
    """

    def __init__(self, path_a: str | Path, path_b: str | Path, threads: int = 1) -> None:
        settings_a, settings_b = (
            read_metadata(path_a)["settings"],
            read_metadata(path_b)["settings"],
        )
        if settings_a != settings_b:
            raise ValueError(
                f"{path_a} and {path_b} were sketched with different settings "
                f"({settings_a} and {settings_b}); rebuild them"
            )
        self._paths = (path_a, path_b)
        self._names = tuple(str(read_metadata(p).get("source", p)) for p in self._paths)
        self._threads = threads

    def part(
        self, name: str, read: Callable[[str | Path, str], Tensors] = read_tensors
    ) -> tuple[Tensors, Tensors]:
        """Tensors of part `name` of both sketches; `ValueError` where there is none."""
        first, second = (read(path, f"{name}/") for path in self._paths)
        if not first or _shapes(first) != _shapes(second):
            raise ValueError(
                f"{' and '.join(self._names)}: part {name!r} is missing or differs in "
                "its tensors; rebuild the sketches with the metric families of the config"
            )
        return first, second

    def array(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Part `name` of both sketches where the part is a single array."""
        first, second = self.part(name)
        return first["all"], second["all"]

    @cached_property
    def tensor_grams(self) -> list[Gram]:
        """Gram matrix of the two task vectors for every tensor, in the order of names."""
        return self._grams("task_vector")

    @cached_property
    def task_vectors(self) -> Gram:
        """Gram matrix of the two task vectors, all tensors taken as one vector."""
        return _sum(self.tensor_grams)

    @cached_property
    def encoder_gradients(self) -> Gram:
        """Gram matrix of the loss gradients with respect to the encoder's parameters."""
        return _sum(self._grams("encoder_gradient"))

    @cached_property
    def input_gradients(self) -> Gram:
        """Gram matrix of the loss gradients with respect to the input pixels."""
        return Gram.of(*self.array("input_gradient"))

    @cached_property
    def activations(self) -> Gram:
        """Gram matrix of the mean activations of the last block."""
        return Gram.of(*self.array("activation"))

    @cached_property
    def right_top_overlaps(self) -> Array:
        """||V_a^T V_b||_F / sqrt(k) of each matrix, V its top-k right singular vectors."""
        return self.compare_matrices("right_top", lambda a, b: row_space_overlap(*first_rows(a, b)))

    @cached_property
    def right_bottom_overlaps(self) -> Array:
        """||V_a^T V_b||_F / sqrt(k) of each matrix, V its bottom-k right singular vectors."""
        return self.compare_matrices(
            "right_bottom", lambda a, b: row_space_overlap(*last_rows(a, b))
        )

    def compare_matrices(self, part: str, function: Callable[[Array, Array], float]) -> Array:
        """`function` of the factors of every matrix that both models changed, in order of names.

        A matrix that one of them left as it was has no singular subspaces and does not count.
        Raises `UndefinedMetricError` where none is left.
        """
        first, second = self.part(part)
        values = [
            function(first[name], second[name])
            for name in sorted(first)
            if first[name].any() and second[name].any()
        ]
        if not values:
            raise UndefinedMetricError(
                f"{' and '.join(self._names)}: no matrix was changed by both models, so their "
                "subspaces cannot be compared"
            )
        return np.array(values)

    def _grams(self, part: str) -> list[Gram]:
        norms = self.array(f"{part}_squared_norms")
        first, second = self.part(part, map_tensors)
        products = inner_products(first, second, self._threads)
        for name, product in zip(sorted(first), products, strict=True):
            if not np.isfinite(product):
                raise ValueError(
                    f"{' or '.join(self._names)}: tensor '{part}/{name}' holds NaN or "
                    "infinite values; rebuild the sketches"
                )
        return [
            Gram(*entry) for entry in zip(*(a.tolist() for a in (*norms, products)), strict=True)
        ]


def _shapes(tensors: Tensors) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in tensors.items()}


def _sum(grams: list[Gram]) -> Gram:
    """Gram matrix of concatenated vectors."""
    return Gram(*np.sum(grams, axis=0).tolist())


def _values(
    compute: Callable[[Any], float],
    metrics: Sequence[str],
    pair: SketchPair,
    sides: Sequence[DirectedPair],
    undefined: dict[str, str],
) -> list[float]:
    """What a function gives: one metric of a pair; the sum and the smaller one of two sides.

    NaN where the pair has no value; `undefined` is then told why.
    """
    if len(metrics) > 1:
        both = [compute(side) for side in sides]
        return [sum(both), min(both)]
    try:
        return [compute(pair)]
    except UndefinedMetricError as error:
        undefined[metrics[0]] = str(error)
        return [nan]


def compute_pair_metrics(
    path_a: str | Path, path_b: str | Path, families: Collection[str], threads: int = 1
) -> list[MetricValue]:
    """All metrics of `families` for the checkpoints sketched in two files, in their order there.

    Symmetric: exchanging the files changes no value beyond rounding. `threads` change nothing but
    the time. A metric without a value for this pair is NaN, and one warning says why. Raises
    `ValueError` where a sketch lacks a part or holds NaN.
    """
    pair = SketchPair(path_a, path_b, threads)
    sides = DirectedPair(path_a, path_b), DirectedPair(path_b, path_a)
    return metric_values(f"{path_a}, {path_b}", pair, sides, families)


def metric_values(
    name: str, pair: SketchPair, sides: Sequence[DirectedPair], families: Collection[str]
) -> list[MetricValue]:
    """The same of a pair that is open; `sides` are for families that look at it from each task."""
    found: list[MetricValue] = []
    undefined: dict[str, str] = {}
    for family in filter(set(families).__contains__, FAMILIES):
        module = import_module(f"mergeability.metrics.families.{family}")
        for function, metrics in FAMILIES[family].functions.items():
            values = _values(getattr(module, function), metrics, pair, sides, undefined)
            found += map(MetricValue, metrics, repeat(family), values)
    for value in found:
        if not np.isfinite(value.value) and value.metric not in undefined:
            raise ValueError(f"{name}: metric {value.metric} is {value.value}")
    for reason in sorted(set(undefined.values())):
        missing = [name for name, why in undefined.items() if why == reason]
        logger.warning("%s; missing for this pair: %s", reason, ", ".join(missing))
    return found
