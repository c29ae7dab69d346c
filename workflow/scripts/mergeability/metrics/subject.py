"""A checkpoint ready to be sketched: its task vector, its encoder and what the encoder looks at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mergeability.backbones.encoder import Encoder, to_device
from mergeability.datasets.splits import read_split
from mergeability.files import Tensors, read_tensors
from mergeability.metrics.sketch import CalibrationData, sketch_behaviour, sketch_weights
from mergeability.tensors import TensorMap, task_vector

AnyPath = str | Path


class DataFiles(NamedTuple):
    """Files behind the data-driven families, for one checkpoint."""

    architecture: AnyPath
    head: AnyPath
    own: AnyPath
    common: Sequence[AnyPath]


class Subject(NamedTuple):
    """What a sketch is made of; without data, `encoder` and `data` are None."""

    tau: TensorMap
    encoder: Encoder | None
    data: CalibrationData | None


def read_subject(
    pretrained: AnyPath, checkpoint: AnyPath, files: DataFiles | None, device: str
) -> Subject:
    """Read a checkpoint and, where there are `files`, all that its behaviour is judged by."""
    weights = read_tensors(checkpoint)
    tau = task_vector(
        to_device(read_tensors(pretrained), device), to_device(weights, device), str(checkpoint)
    )
    if files is None:
        return Subject(tau, None, None)
    encoder = Encoder(files.architecture, device).load(weights)
    own, *common = (read_split(path) for path in (files.own, *files.common))
    data = CalibrationData(
        own=own._replace(images=np.array(own.images[:])),
        head=encoder.read_head(files.head),
        common_images=np.concatenate([split.images[:] for split in common]),
    )
    return Subject(tau, encoder, data)


def sketch(subject: Subject, settings: dict[str, Any], batch_size: int) -> Tensors:
    """The sketch of a checkpoint: all parts that the families of `settings` need."""
    families = settings["families"]
    parts = sketch_weights(
        subject.tau, families, settings["subspace_rank"], settings["spectrum_size"]
    )
    if subject.encoder and subject.data:
        parts |= sketch_behaviour(subject.encoder, subject.data, families, batch_size)
    return parts
