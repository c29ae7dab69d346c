"""Samples of a task for mergers that run encoders while they merge."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mergeability.backbones.encoder import Encoder, read_models
from mergeability.datasets.splits import Split, read_split
from mergeability.merger_statistics import sum_grams
from mergeability.mergers import SomeStatistics
from mergeability.tensors import TensorMap

Files = Mapping[str, str | Path]  # by task


class TaskExamples:
    """What `mergers.Examples` asks for. Labels are never looked at.

    Tasks may share an encoder: its weights are exchanged at every call.
    """

    def __init__(self, encoder: Encoder, head: Tensor, split: Split, batch_size: int) -> None:
        self._encoder, self._head = encoder, head
        self._split, self._batch_size = split, batch_size

    def __len__(self) -> int:
        return len(self._split.examples)

    def layers(self, weights: TensorMap) -> list[str]:
        """See `mergers.Examples`."""
        names: list[str] = []
        one = self._encoder.batch(np.array(self._split.examples[:1]))
        tower = self._encoder.load(weights).tower
        self._encoder.domain.visit_layers(tower, one, lambda name, _: names.append(name))
        return names

    def grams(self, weights: TensorMap, layers: Collection[str]) -> dict[str, Tensor]:
        """See `mergers.Examples`; float64."""
        return sum_grams(self._encoder.load(weights), self._split, self._batch_size, layers)

    def logits(self, weights: TensorMap, rows: NDArray[np.int64]) -> Tensor:
        """See `mergers.Examples`; by the zero-shot head of the task."""
        batch = self._encoder.batch(self._split.examples[rows])
        return functional.normalize(self._encoder.embed_with(weights, batch), dim=-1) @ self._head.T


def read_examples(
    files: Mapping[str, Files], tasks: Iterable[str], encoder: Encoder, batch_size: int
) -> dict[str, TaskExamples]:
    """Examples from files of `calibration` samples and `heads` by task; none without samples."""
    return {
        task: TaskExamples(
            encoder,
            encoder.read_head(files["heads"][task]),
            read_split(files["calibration"][task]),
            batch_size,
        )
        for task in tasks
        if task in files.get("calibration", {})
    }


def read_statistics(
    files: Mapping[str, Files], tasks: Iterable[str], encoder: Encoder, batch_size: int
) -> SomeStatistics:
    """What a merger must know of tasks beside weights: its `statistics`, or examples.

    Files are those of one merger, and of nothing for one that needs neither.
    """
    return {
        **read_models(files.get("statistics", {}), tasks, encoder.device),
        **read_examples(files, tasks, encoder, batch_size),
    }
