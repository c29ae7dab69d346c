"""Models in files beside their base: what each changed, and how the changes of two compare."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import torch

from mergeability.checkpoints.adapters import Adapter
from mergeability.checkpoints.alignment import Checkpoint, Coverage, align
from mergeability.checkpoints.lazy import LazyTensor
from mergeability.checkpoints.opening import Weights, open_source, open_weights
from mergeability.checkpoints.soundness import DIVERGED, FAR
from mergeability.joblog import progress
from mergeability.metrics.tensor_pairs import TensorMeasures, measure, summarise

AnyPath = str | Path

CAUTION = (
    "Weights alone say little about how well a pair merges. On the published merges of CLIP "
    "ViT-B/16, with both tasks unseen, choosing a task's partner by weight metrics lost 0.068 of "
    "normalised accuracy against the best partner, choosing by chance 0.044 (ViT-B/32: 0.081 and "
    "0.057). Merge and measure before you decide; docs/predicting.md says what does predict."
)

_LAYER = re.compile(r"(.*?\.\d+)\.")


class Comparison(NamedTuple):
    """Some models of one base: how each fits it, what to beware of, and all their tensors.

    `coverage` and `kinds` are in the order of the models, as are the numbers in `measures`.
    """

    paths: tuple[str, ...]
    kinds: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    measures: tuple[TensorMeasures, ...]
    warnings: tuple[str, ...]

    def frame(self, first: int = 0, second: int = 1) -> pd.DataFrame:
        """Two of the models: a row for all tensors, for each layer, and for each tensor.

        Columns: `level` (`total`, `layer`, `tensor`), `name`, and those of `summarise`.
        """
        layers: dict[str, list[TensorMeasures]] = defaultdict(list)
        for one in self.measures:
            layers[layer_of(one.name)].append(one)
        groups: list[tuple[str, str, Sequence[TensorMeasures]]] = [("total", "all", self.measures)]
        groups += [("layer", name, members) for name, members in layers.items()]
        groups += [("tensor", one.name, [one]) for one in self.measures]
        return pd.DataFrame(
            [
                {"level": level, "name": name, **summarise(members, first, second)}
                for level, name, members in groups
            ]
        )

    def pairs(self, names: Sequence[str]) -> pd.DataFrame:
        """All pairs: `task_a`, `task_b` in lexicographic order, and the columns of `summarise`."""
        order = sorted(range(len(names)), key=names.__getitem__)
        return pd.DataFrame(
            [
                {"task_a": names[i], "task_b": names[j], **summarise(self.measures, i, j)}
                for i, j in combinations(order, 2)
            ]
        )


def compare(
    a: AnyPath,
    b: AnyPath,
    base: AnyPath | None = None,
    *,
    subspaces: bool = False,
    allow_pickle: bool = False,
) -> pd.DataFrame:
    """How the updates of two models compare, in all, by layer and by tensor.

    `a`, `b` and `base` are files, Hugging Face folders, or, but for the base, folders of PEFT
    adapters; two adapters need no base. They are read a tensor at a time. `subspaces` decomposes
    every matrix, which takes long for large ones; adapters are compared so in any case, at no cost.

    Columns: see `Comparison.frame`. The frame's `attrs` hold `coverage` (names of tensors by kind,
    of each model), `warnings`, and `caution`: how much weights alone say. Raises `ValueError` or
    `OSError`, one line with file and cure, for what cannot be read or compared.
    """
    comparison = compare_all([a, b], base, subspaces=subspaces, allow_pickle=allow_pickle)
    frame = comparison.frame()
    frame.attrs = {
        "coverage": [coverage.counts() for coverage in comparison.coverage],
        "warnings": list(comparison.warnings),
        "caution": CAUTION,
    }
    return frame


def compare_all(
    paths: Sequence[AnyPath],
    base: AnyPath | None,
    *,
    subspaces: bool = False,
    allow_pickle: bool = False,
) -> Comparison:
    """All of some models beside their base; each file is read once. For the rest, see `compare`."""
    sources = [open_source(path, allow_pickle) for path in paths]
    before = _base_of_adapters(sources) if base is None else open_weights(base, allow_pickle)
    return compare_checkpoints(before, [align(source, before) for source in sources], subspaces)


def compare_checkpoints(
    base: Weights, checkpoints: Sequence[Checkpoint], subspaces: bool = False
) -> Comparison:
    """All of some models that were laid beside their base."""
    found = measure(base.tensors, checkpoints, subspaces)
    measures = tuple(progress(found, len(base.tensors), "tensors compared"))
    return Comparison(
        tuple(str(checkpoint.path) for checkpoint in checkpoints),
        tuple(checkpoint.kind for checkpoint in checkpoints),
        tuple(checkpoint.coverage for checkpoint in checkpoints),
        measures,
        tuple(_warnings(checkpoints, measures)),
    )


def layer_of(name: str) -> str:
    """The block that a tensor belongs to, by its number; the module of those outside of blocks."""
    found = _LAYER.match(name)
    return found[1] if found else name.rpartition(".")[0] or name


def _distance(measures: Sequence[TensorMeasures], number: int = 0) -> float:
    """Norm of the update of a model over that of the base, >= 0; 0 where the base was not read."""
    before = sqrt(sum(one.before for one in measures))
    return sqrt(_square(measures, number)) / before if isfinite(before) and before else 0.0


def why_unusable(measures: Sequence[TensorMeasures], number: int = 0) -> str:
    """Why a model, by its number, cannot be merged: it is its base, or diverged; else empty."""
    if not _square(measures, number):
        return "the weights of the base itself, not fine-tuned"
    if measures[-1].rounded[number]:
        return "the weights of the base itself, rounded; not fine-tuned"
    if (distance := _distance(measures, number)) > DIVERGED:
        return f"{distance:.2g} times the norm of the base away from it; the training diverged"
    return ""


def same_weights(measures: Sequence[TensorMeasures], i: int, j: int) -> bool:
    """Whether two models are the same, but for rounding in float64."""
    apart = sum(
        float(one.products[i, i] + one.products[j, j] - 2 * one.products[i, j]) for one in measures
    )
    return apart <= 1e-12 * _square(measures, i)


def _square(measures: Sequence[TensorMeasures], number: int) -> float:
    return sum(float(one.products[number, number]) for one in measures)


def _base_of_adapters(sources: Sequence[Weights | Adapter]) -> Weights:
    """As much of their common base as adapters of low rank tell: names and shapes."""

    def refuse(_: slice) -> torch.Tensor:
        raise ValueError("DoRA needs the weights of the base; name it with --base")

    tensors: dict[str, LazyTensor] = {}
    for source in sources:
        if not isinstance(source, Adapter):
            raise ValueError(f"{source.path}: name the base it was fine-tuned from (--base)")
        for name, update in source.updates.items():
            tensors.setdefault(name, LazyTensor(update.shape, torch.float32, refuse))
    return Weights(Path("base"), "unknown", tensors, {}, {})


def _warnings(
    checkpoints: Sequence[Checkpoint], measures: Sequence[TensorMeasures]
) -> Iterator[str]:
    for number, checkpoint in enumerate(checkpoints):
        if reason := why_unusable(measures, number):
            yield f"{checkpoint.path}: {reason}"
        elif (distance := _distance(measures, number)) > FAR:
            yield (
                f"{checkpoint.path}: differs from the base by {distance:.0%} of its norm; was it "
                "fine-tuned from other weights?"
            )
        used = len(checkpoint.coverage.matched) + len(checkpoint.coverage.cut)
        if len(checkpoint.coverage.missing) > used:
            yield f"{checkpoint.path}: holds less than half of the tensors of the base"
    for i, j in combinations(range(len(checkpoints)), 2):
        if _square(measures, i) and same_weights(measures, i, j):
            yield f"{checkpoints[i].path} and {checkpoints[j].path} are the same weights"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame for JSON, without values that are missing."""
    return [
        {str(key): value for key, value in row.items() if not pd.isna(value)}
        for row in frame.to_dict("records")
    ]
