"""Everything the pair metrics need to know of one checkpoint, computed once per checkpoint.

A sketch is a set of tensors named `<part>/<name>`; which there are follows from the `PARTS` of the
metric families. With tensors of the encoder as <name>:

    task_vector/<name>                 float32, the update itself
    task_vector_squared_norms/all      float64 [tensors], in the order of names
    spectrum/<matrix>                  float64 [<= spectrum_size], largest singular values
    left_top/<matrix>                  float64 [k, rows], top singular vectors as rows
    right_top/, right_bottom/<matrix>  float64 [k, columns]
    activation/all                     float64 [width]
    encoder_gradient/<name>            float32
    encoder_gradient_squared_norms/all float64 [tensors]
    input_gradient/all                 float32 [samples, ...], as examples enter the encoder

Parts that come from probe samples: `mergeability.metrics.probe`.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import Split
from mergeability.files import Tensors
from mergeability.metrics.backward import mean_gradient
from mergeability.metrics.factors import rounding_noise, singular_factors
from mergeability.metrics.geometry import squared_norms
from mergeability.tensors import TensorMap


class CalibrationData(NamedTuple):
    """What the data-driven families look at."""

    own: Split  # samples of the checkpoint's own task
    head: Tensor  # [classes, embedding], the zero-shot head of the own task
    common_examples: NDArray[Any]  # samples of all calibration tasks, alike for all checkpoints


def sketch_weights(
    tau: TensorMap,
    wanted: Collection[str],
    subspace_rank: int,
    spectrum_size: int,
    pretrained: TensorMap | None = None,
) -> Tensors:
    """The parts that follow from the task vector alone; `tau` maps names to updates.

    With the `pretrained` weights, singular values that may be rounding errors of the fine-tuned
    ones are cut off.
    """
    parts: Tensors = {}
    if "task_vector" in wanted:
        updates = {name: _array(update) for name, update in tau.items()}
        parts |= _named("task_vector", updates)
        parts["task_vector_squared_norms/all"] = squared_norms(updates)
    if "subspace" in wanted:
        for name, update in tau.items():
            if update.dim() == 2:
                noise = rounding_noise(pretrained[name], update) if pretrained else 0.0
                factors = singular_factors(update, subspace_rank, spectrum_size, noise)
                for part, factor in factors._asdict().items():
                    parts[f"{part}/{name}"] = _array(factor)
    return parts


def sketch_behaviour(
    encoder: Encoder, data: CalibrationData, wanted: Collection[str], batch_size: int
) -> Tensors:
    """The parts that need examples; `encoder` holds the fine-tuned weights."""
    parts: Tensors = {}
    if "activation" in wanted:
        parts["activation/all"] = mean_activation(encoder, data.common_examples, batch_size)
    if "gradient" in wanted:
        parts |= loss_gradients(encoder, data, batch_size)
    return parts


@torch.inference_mode()
def mean_activation(
    encoder: Encoder, examples: NDArray[Any], batch_size: int
) -> NDArray[np.float64]:
    """Output of the last transformer block, averaged over samples and tokens: float64 [width]."""
    total = torch.zeros((), dtype=torch.float64)
    tokens = 0
    for start in range(0, len(examples), batch_size):
        batch = encoder.batch(examples[start : start + batch_size])
        summed, count = encoder.domain.last_block(encoder.tower, batch)
        total = total + summed
        tokens += count
    return _array(total / tokens)


def loss_gradients(encoder: Encoder, data: CalibrationData, batch_size: int) -> Tensors:
    """Gradients of the mean cross-entropy over all samples of the own task.

    With respect to the encoder's parameters, and to what enters the encoder: normalised pixels,
    or the embeddings of tokens.
    """
    gradient = mean_gradient(encoder, data.head, data.own, batch_size)
    weights = {name: _array(tensor.float()) for name, tensor in gradient.weights.items()}
    return {
        **_named("encoder_gradient", weights),
        "encoder_gradient_squared_norms/all": squared_norms(weights),
        "input_gradient/all": _array(gradient.inputs),
    }


def _named(part: str, tensors: Mapping[str, NDArray[Any]]) -> Tensors:
    return {f"{part}/{name}": array for name, array in tensors.items()}


def _array(tensor: Tensor) -> NDArray[Any]:
    return tensor.detach().cpu().numpy()
