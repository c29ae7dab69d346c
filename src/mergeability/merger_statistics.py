"""What data-driven mergers need to know of a checkpoint beside its weights.

Kinds, by the name that a merger's constant `STATISTICS` has: `fisher`, the diagonal Fisher
information of every tensor, and `gram`, inner products of what enters every linear layer.
"""

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import Split
from mergeability.files import Tensors
from mergeability.joblog import progress

_NEGLIGIBLE = 1e-6  # part of the strongest direction of the Fisher information of the logits


def compute_statistics(
    kind: str, encoder: Encoder, head: Tensor, split: Split, batch_size: int
) -> Tensors:
    """The statistics of one kind, for an encoder that holds the fine-tuned weights of a task.

    `head` [classes, embedding] and `split` are of that task. Raises `ValueError` for an unknown
    kind.
    """
    if kind == "fisher":
        return diagonal_fisher(encoder, head, split)
    if kind == "gram":
        return layer_grams(encoder, split, batch_size)
    raise ValueError(f"unknown kind of statistics {kind!r}; allowed: 'fisher', 'gram'")


def diagonal_fisher(encoder: Encoder, head: Tensor, split: Split) -> Tensors:
    """F = E_x E_{y ~ p(y|x)} (d log p(y|x) / d theta)^2, float32, with names and shapes of weights.

    The expectation over classes is that of the model's own predictions, exact as in Matena and
    Raffel (arXiv 2111.09832, section 3.1) where classes are few; labels play no part. With z the
    logits and sum_k a_k v_k v_k^T = diag(p) - p p^T it is sum_k a_k (d(v_k z) / d theta)^2: fewer
    backward passes than classes, since a confident prediction leaves few a_k that matter (above
    1e-6 of the largest). Samples go one by one, and are summed in float64.
    """
    parameters = dict(encoder.tower.named_parameters())
    summed = {name: torch.zeros_like(p, dtype=torch.float64) for name, p in parameters.items()}
    samples = len(split.labels)
    for example, _ in progress(encoder.batches(split, 1), samples, "Fisher information"):
        logits = (functional.normalize(encoder.tower(example), dim=-1) @ head.T)[0]
        probabilities = logits.detach().double().softmax(dim=0)
        covariance = torch.diag(probabilities) - torch.outer(probabilities, probabilities)
        strengths, directions = torch.linalg.eigh(covariance)
        for k in (strengths > _NEGLIGIBLE * strengths[-1]).nonzero().flatten():
            gradients = torch.autograd.grad(
                logits,
                list(parameters.values()),
                grad_outputs=(strengths[k].sqrt() * directions[:, k]).to(logits.dtype),
                retain_graph=True,
            )
            for name, gradient in zip(parameters, gradients, strict=True):
                summed[name] += gradient.double().square_()
    return {name: _array(total / samples) for name, total in summed.items()}


def layer_grams(encoder: Encoder, split: Split, batch_size: int) -> Tensors:
    """X^T X of the inputs X [samples * tokens, inputs] of every layer that multiplies by a matrix.

    By the name of the layer's weights. Vision towers have the convolution that embeds patches
    (whose inputs are the pixels of a patch), queries, keys and values in one, the projections of
    attention and MLP, and the final `proj`; sentence encoders have their linear layers. A table of
    embeddings multiplies nothing. Float32, summed over batches in float64.
    """
    grams = sum_grams(encoder, split, batch_size)
    return {name: _array(gram) for name, gram in sorted(grams.items())}


@torch.no_grad()
def sum_grams(
    encoder: Encoder, split: Split, batch_size: int, layers: Collection[str] | None = None
) -> dict[str, Tensor]:
    """As `layer_grams`, of some layers, in float64 on the encoder's device."""
    grams: dict[str, Tensor] = {}

    def add(name: str, inputs: Tensor) -> None:
        if layers is None or name in layers:
            rows = inputs.reshape(-1, inputs.shape[-1])
            gram = (rows.T @ rows).double()
            grams[name] = grams[name] + gram if name in grams else gram

    for batch, _ in encoder.batches(split, batch_size):
        encoder.domain.visit_layers(encoder.tower, batch, add)
    return grams


def _array(tensor: Tensor) -> Any:
    return tensor.float().cpu().numpy()
