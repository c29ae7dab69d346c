"""The parts of a sketch behind the families that look at probe samples.

Names as in `mergeability.metrics.sketch`:

    probe_labels/all             int64 [samples], classes of the own task's probe samples
    probe_head/all               float32 [classes, embedding], the own task's zero-shot head
    output_<state>/<task>        float32 [samples, embedding] of a task's probe samples, not
                                 normalised, at theta_0 + state * tau; state 0 of the own task only
    pretrained_gradient/<name>   float32, of the mean loss on the own samples at theta_0
    fine_tuned_gradient/<name>   float32, the same at the checkpoint
    fisher/<name>                float32, mean square of the samples' gradients at the checkpoint
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mergeability.backbones.encoder import Encoder, to_arrays
from mergeability.datasets.splits import Split
from mergeability.files import Tensors
from mergeability.joblog import progress
from mergeability.metrics.states import FINE_TUNED, HALFWAY, PRETRAINED
from mergeability.tensors import TensorMap


class ProbeData(NamedTuple):
    """What models are probed with: a task's own head, and the probe samples of all tasks."""

    task: str
    head: Tensor  # [classes, embedding]
    samples: Mapping[str, Split]

    @property
    def own(self) -> Split:
        """The samples of the own task."""
        return self.samples[self.task]


def sketch_probes(
    encoder: Encoder,
    pretrained: TensorMap,
    tau: TensorMap,
    data: ProbeData,
    families: Iterable[str],
    batch_size: int,
) -> Tensors:
    """The parts that the families with probes need. `encoder` is left with other weights."""
    families = set(families) & {"single_model", "interference", "cross_output", "halfway"}
    if not families:
        return {}
    own, everything = [data.task], sorted(data.samples)
    looked_at = {
        PRETRAINED: own,
        FINE_TUNED: everything if "cross_output" in families else own,
        HALFWAY: everything if "halfway" in families else [],
    }
    parts = to_arrays({"probe_head/all": data.head})
    parts["probe_labels/all"] = data.own.labels
    for state, tasks in looked_at.items():
        encoder.load({name: weight + state * tau[name] for name, weight in pretrained.items()})
        for task in tasks:
            embeddings = embed(encoder, data.samples[task], batch_size)
            parts |= to_arrays({f"output_{state}/{task}": embeddings})
    if "interference" in families:
        encoder.load({name: weight + tau[name] for name, weight in pretrained.items()})
        gradient, fisher = gradient_and_fisher(encoder, data.head, data.own)
        parts |= _named("fine_tuned_gradient", gradient) | _named("fisher", fisher)
        encoder.load(pretrained)
        parts |= _named(
            "pretrained_gradient", mean_gradient(encoder, data.head, data.own, batch_size)
        )
    return parts


@torch.inference_mode()
def embed(encoder: Encoder, split: Split, batch_size: int) -> Tensor:
    """Image embeddings, not normalised: [samples, embedding]."""
    return torch.cat([encoder.vision(images) for images, _ in batches(encoder, split, batch_size)])


def mean_gradient(encoder: Encoder, head: Tensor, split: Split, batch_size: int) -> TensorMap:
    """Gradient of the mean cross-entropy with respect to all weights, summed in float64."""
    parameters = dict(encoder.vision.named_parameters())
    summed = {name: torch.zeros_like(p, dtype=torch.float64) for name, p in parameters.items()}
    for images, labels in batches(encoder, split, batch_size):
        loss = _loss(encoder, head, images, labels) / len(split.labels)
        gradients = torch.autograd.grad(loss, list(parameters.values()))
        for name, gradient in zip(parameters, gradients, strict=True):
            summed[name] += gradient
    return summed


def gradient_and_fisher(
    encoder: Encoder, head: Tensor, split: Split
) -> tuple[TensorMap, TensorMap]:
    """Mean, and mean square, of the gradients of single samples' cross-entropy: one pass each.

    The mean square is the diagonal of the empirical Fisher information, which takes the labels as
    they are. Summed in float64.
    """
    parameters = dict(encoder.vision.named_parameters())
    mean, square = (
        {name: torch.zeros_like(p, dtype=torch.float64) for name, p in parameters.items()}
        for _ in range(2)
    )
    samples = len(split.labels)
    rows = batches(encoder, split, 1)
    for images, labels in progress(rows, samples, "gradients of samples"):
        gradients = torch.autograd.grad(
            _loss(encoder, head, images, labels), list(parameters.values())
        )
        for name, gradient in zip(parameters, gradients, strict=True):
            mean[name] += gradient / samples
            square[name] += gradient.double().square_() / samples
    return mean, square


def batches(encoder: Encoder, split: Split, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Normalised images and labels on the encoder's device, some at a time."""
    for start in range(0, len(split.labels), size):
        part = slice(start, start + size)
        labels = torch.from_numpy(split.labels[part]).to(encoder.device)
        yield encoder.normalize(np.array(split.images[part])), labels


def _loss(encoder: Encoder, head: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    logits = functional.normalize(encoder.vision(images), dim=-1) @ head.T
    return functional.cross_entropy(logits, labels, reduction="sum")


def _named(part: str, tensors: TensorMap) -> Tensors:
    return to_arrays({f"{part}/{name}": tensor.float() for name, tensor in tensors.items()})
