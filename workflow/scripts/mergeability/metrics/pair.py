"""Two sketches side by side, and the metrics computed from them. Needs neither torch nor images."""

from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mergeability.files import Tensors, read_metadata, read_tensors
from mergeability.metrics.geometry import Gram, inner_product
from mergeability.metrics.registry import FAMILIES


class MetricValue(NamedTuple):
    """One metric of one pair."""

    metric: str
    family: str
    value: float


class SketchPair:
    """The sketches of two checkpoints; every part is read when a metric first asks for it."""

    def __init__(self, path_a: str | Path, path_b: str | Path) -> None:
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

    def part(self, name: str) -> tuple[Tensors, Tensors]:
        """Tensors of part `name` of both sketches; `ValueError` where there is none."""
        first, second = (read_tensors(path, prefix=f"{name}/") for path in self._paths)
        if not first or first.keys() != second.keys():
            raise ValueError(
                f"{self._paths[0]} and {self._paths[1]}: part {name!r} is missing or differs in "
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

    def _grams(self, part: str) -> list[Gram]:
        first, second = self.part(part)
        norms_a, norms_b = self.array(f"{part}_squared_norms")
        products = [inner_product(first[name], second[name]) for name in sorted(first)]
        return [
            Gram(*entry) for entry in zip(norms_a.tolist(), norms_b.tolist(), products, strict=True)
        ]


def _sum(grams: list[Gram]) -> Gram:
    """Gram matrix of concatenated vectors."""
    return Gram(*np.sum(grams, axis=0).tolist())


def compute_pair_metrics(
    path_a: str | Path, path_b: str | Path, families: list[str]
) -> list[MetricValue]:
    """All metrics of `families` for the checkpoints sketched in two files, in registry order.

    Symmetric: exchanging the files changes no value beyond rounding. Raises `ValueError` where a
    sketch lacks a part or a metric is not finite.
    """
    pair = SketchPair(path_a, path_b)
    values = [
        MetricValue(
            metric, family, getattr(import_module(f"mergeability.metrics.{family}"), metric)(pair)
        )
        for family in FAMILIES
        if family in families
        for metric in FAMILIES[family].metrics
    ]
    for value in values:
        if not np.isfinite(value.value):
            raise ValueError(f"{path_a}, {path_b}: metric {value.metric} is {value.value}")
    return values
