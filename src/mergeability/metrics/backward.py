"""Gradients of the cross-entropy of an encoder with a frozen zero-shot head."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import Split
from mergeability.joblog import progress
from mergeability.tensors import TensorMap


class MeanGradient(NamedTuple):
    """Gradients of the mean loss over some samples."""

    weights: TensorMap  # by the names of the encoder's parameters
    inputs: Tensor  # [samples, ...], with respect to what enters the encoder


def mean_gradient(encoder: Encoder, head: Tensor, split: Split, batch_size: int) -> MeanGradient:
    """Of the mean cross-entropy over all samples of `split`; `head` is [classes, embedding].

    Summing over batches and dividing once weighs every sample alike, whatever the batch size.
    Float64 where there is more than one batch.
    """
    names = [name for name, _ in encoder.tower.named_parameters()]
    summed: list[Tensor] = []
    for_all_inputs = []
    for for_inputs, for_weights in _gradients(encoder, head, split, batch_size):
        for_all_inputs.append(for_inputs)
        if summed:
            for index, gradient in enumerate(for_weights):
                summed[index] = summed[index].double() + gradient
        else:  # float64 is for sums: a single batch needs no second copy
            summed = list(for_weights)
        for_weights.clear()  # or they would be held while the next ones are computed
    return MeanGradient(dict(zip(names, summed, strict=True)), torch.cat(for_all_inputs))


def gradient_and_fisher(
    encoder: Encoder, head: Tensor, split: Split
) -> tuple[TensorMap, TensorMap]:
    """Mean, and mean square, of the gradients of single samples' cross-entropy: one pass each.

    The mean square is the diagonal of the empirical Fisher information, which takes the labels as
    they are. Summed in float64.
    """
    mean, square = (
        {n: torch.zeros_like(p, dtype=torch.float64) for n, p in encoder.tower.named_parameters()}
        for _ in range(2)
    )
    samples = len(split.labels)
    singly = _gradients(encoder, head, split, batch_size=1)
    for _, shares in progress(singly, samples, "gradients of samples"):
        for name, share in zip(mean, shares, strict=True):
            mean[name] += share
            square[name] += samples * share.double().square_()
    return mean, square


def _gradients(
    encoder: Encoder, head: Tensor, split: Split, batch_size: int
) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Of each batch's share of the mean loss: with respect to what enters, and to all weights."""
    parameters = list(encoder.tower.parameters())
    for batch, labels in encoder.batches(split, batch_size):
        inputs, embeddings = encoder.domain.embed_with_inputs(encoder.tower, batch)
        logits = functional.normalize(embeddings, dim=-1) @ head.T
        share = functional.cross_entropy(logits, labels, reduction="sum") / len(split.labels)
        for_inputs, *for_weights = torch.autograd.grad(share, [inputs, *parameters])
        yield for_inputs, for_weights
