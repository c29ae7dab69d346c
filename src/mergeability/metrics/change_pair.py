"""The metrics of two models of any architecture, from what each changes in their base."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from mergeability.checkpoints.alignment import Checkpoint
from mergeability.checkpoints.opening import Weights
from mergeability.files import Tensors, read_tensors
from mergeability.joblog import progress
from mergeability.metrics.geometry import Gram
from mergeability.metrics.pair import MetricValue, SketchPair, metric_values
from mergeability.metrics.tensor_pairs import TensorMeasures, gram_of, measure

AnyPath = str | Path


class ChangePair(SketchPair):
    """Two sketches of changes, and the inner products of the task vectors of each tensor."""

    def __init__(self, path_a: AnyPath, path_b: AnyPath, grams: list[Gram]) -> None:
        super().__init__(path_a, path_b)
        self._given = grams

    def part(
        self, name: str, read: Callable[[AnyPath, str], Tensors] = read_tensors
    ) -> tuple[Tensors, Tensors]:
        """The factors of the matrices that both changed."""
        first, second = (read(path, f"{name}/") for path in self._paths)
        both = sorted(first.keys() & second.keys())
        return {name: first[name] for name in both}, {name: second[name] for name in both}

    def _grams(self, part: str) -> list[Gram]:  # noqa: ARG002
        return self._given


def compare_changes(
    base: Weights,
    pair: Mapping[str, Checkpoint],
    sketches: Mapping[str, AnyPath],
    families: Collection[str],
) -> list[MetricValue]:
    """The metrics of two checkpoints by their tasks, each file of weights being read once.

    `families` are of any architecture (`registry.Family.of_any_architecture`).
    """
    tasks = sorted(pair)
    found = measure(base.tensors, [pair[task] for task in tasks])
    measures = list(progress(found, len(base.tensors), "tensors compared"))
    return metrics_of_pair(measures, 0, 1, [sketches[task] for task in tasks], families)


def metrics_of_pair(
    measures: Sequence[TensorMeasures],
    i: int,
    j: int,
    sketches: Sequence[AnyPath],
    families: Collection[str],
) -> list[MetricValue]:
    """The same of models `i` and `j` of those that were measured together, and their sketches."""
    grams = [gram_of(one.products, i, j) for one in measures]
    first, second = sketches
    return metric_values(f"{first}, {second}", ChangePair(first, second, grams), (), families)
