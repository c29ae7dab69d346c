"""A checkpoint ready to be sketched: its task vector, its encoder and what the encoder looks at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from mergeability.backbones.encoder import Encoder, to_device
from mergeability.datasets.splits import read_split
from mergeability.files import Tensors, read_tensors
from mergeability.metrics.probe import ProbeData, sketch_probes
from mergeability.metrics.sketch import CalibrationData, sketch_behaviour, sketch_weights
from mergeability.tensors import TensorMap, task_vector

AnyPath = str | Path


class DataFiles(NamedTuple):
    """Files behind the data-driven families, for the checkpoint of one task.

    `own` and `common` are calibration samples, `probes` the probe samples of several tasks; both
    are there where a family looks at them.
    """

    task: str
    architecture: AnyPath
    head: AnyPath
    own: AnyPath | None = None
    common: Sequence[AnyPath] = ()
    probes: Mapping[str, AnyPath] = MappingProxyType({})


class SketchInputs(NamedTuple):
    """What a sketch is made of; without data, there is no encoder."""

    pretrained: TensorMap
    tau: TensorMap
    encoder: Encoder | None = None
    data: CalibrationData | None = None
    probes: ProbeData | None = None


def read_sketch_inputs(
    pretrained: AnyPath, checkpoint: AnyPath, files: DataFiles | None, device: str
) -> SketchInputs:
    """Read a checkpoint and, where there are `files`, all that its behaviour is judged by."""
    weights = read_tensors(checkpoint)
    before = to_device(read_tensors(pretrained), device)
    tau = task_vector(before, to_device(weights, device), str(checkpoint))
    if files is None:
        return SketchInputs(before, tau)
    encoder = Encoder(files.architecture, device).load(weights)
    head = encoder.read_head(files.head)
    return SketchInputs(before, tau, encoder, _calibration(files, head), _probes(files, head))


def _calibration(files: DataFiles, head: Tensor) -> CalibrationData | None:
    if files.own is None:
        return None
    own, *common = (read_split(path) for path in (files.own, *files.common))
    return CalibrationData(
        own=own._replace(examples=np.array(own.examples[:])),
        head=head,
        common_examples=np.concatenate([split.examples[:] for split in common]),
    )


def _probes(files: DataFiles, head: Tensor) -> ProbeData | None:
    if not files.probes:
        return None
    samples = {task: read_split(path) for task, path in files.probes.items()}
    return ProbeData(files.task, head, samples)


def sketch(subject: SketchInputs, settings: dict[str, Any], batch_size: int) -> Tensors:
    """The sketch of a checkpoint: the `parts` of `settings`, which are named in `registry`."""
    pretrained, tau, encoder, data, probes = subject
    wanted = settings["parts"]
    sizes = (settings["subspace_rank"], settings["spectrum_size"])
    parts = sketch_weights(tau, wanted, *sizes, pretrained)
    if encoder and data:
        parts |= sketch_behaviour(encoder, data, wanted, batch_size)
    if encoder and probes:  # the last, since it leaves other weights in the encoder
        parts |= sketch_probes(encoder, pretrained, tau, probes, wanted, batch_size)
    return parts
