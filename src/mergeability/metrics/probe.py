"""The parts of a sketch that come from probe samples.

Names as in `mergeability.metrics.sketch`:

    probe_labels/all             int64 [samples], classes of the own task's probe samples
    probe_head/all               float32 [classes, embedding], the own task's zero-shot head
    output_<state>/<task>        float32 [samples, embedding] of a task's probe samples, not
                                 normalised, at theta_0 + state * tau; state 0 of the own task only
    pretrained_gradient/<name>   float32, of the mean loss on the own samples at theta_0
    fine_tuned_gradient/<name>   float32, the same at the checkpoint
    fisher/<name>                float32, mean square of the samples' gradients at the checkpoint
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from mergeability.backbones.encoder import Encoder, to_arrays
from mergeability.datasets.splits import Split
from mergeability.files import Tensors
from mergeability.metrics.backward import gradient_and_fisher, mean_gradient
from mergeability.metrics.interpolation import FINE_TUNED, HALFWAY, PRETRAINED
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
    wanted: Collection[str],
    batch_size: int,
) -> Tensors:
    """The parts of probe samples: own outputs with any. `encoder` is left with other weights."""
    if not {"outputs", "cross_outputs", "halfway_outputs", "probe_gradients"}.intersection(wanted):
        return {}
    own, everything = [data.task], sorted(data.samples)
    looked_at = {
        PRETRAINED: own,
        FINE_TUNED: everything if "cross_outputs" in wanted else own,
        HALFWAY: everything if "halfway_outputs" in wanted else [],
    }
    parts = to_arrays({"probe_head/all": data.head})
    parts["probe_labels/all"] = data.own.labels
    for state, tasks in looked_at.items():
        encoder.load({name: weight + state * tau[name] for name, weight in pretrained.items()})
        for task in tasks:
            embeddings = embed(encoder, data.samples[task], batch_size)
            parts |= to_arrays({f"output_{state}/{task}": embeddings})
    if "probe_gradients" in wanted:
        encoder.load({name: weight + tau[name] for name, weight in pretrained.items()})
        gradient, fisher = gradient_and_fisher(encoder, data.head, data.own)
        parts |= _named("fine_tuned_gradient", gradient) | _named("fisher", fisher)
        encoder.load(pretrained)
        gradient = mean_gradient(encoder, data.head, data.own, batch_size).weights
        parts |= _named("pretrained_gradient", gradient)
    return parts


@torch.inference_mode()
def embed(encoder: Encoder, split: Split, batch_size: int) -> Tensor:
    """Embeddings, not normalised: [samples, embedding]."""
    return torch.cat([encoder.tower(batch) for batch, _ in encoder.batches(split, batch_size)])


def _named(part: str, tensors: TensorMap) -> Tensors:
    return to_arrays({f"{part}/{name}": tensor.float() for name, tensor in tensors.items()})
