"""Accuracy of encoders on their tasks."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import Split, read_split
from mergeability.scores import Score


@torch.inference_mode()
def evaluate_encoder(encoder: Encoder, head: Tensor, split: Split, batch_size: int) -> Score:
    """Classify `split` with the encoder and the frozen zero-shot `head` [classes, embedding].

    Examples are taken batch by batch; the device is not waited for before the end.
    """
    correct = torch.zeros((), dtype=torch.int64, device=head.device)
    loss = torch.zeros((), dtype=torch.float64, device=head.device)
    for batch, labels in encoder.batches(split, batch_size):
        logits = functional.normalize(encoder.tower(batch), dim=-1) @ head.T
        correct += (logits.argmax(dim=-1) == labels).sum()
        loss += functional.cross_entropy(logits.double(), labels, reduction="sum")
    samples = len(split.labels)
    return Score(int(correct) / samples, float(loss) / samples, samples)


def evaluate_tasks(
    encoder: Encoder,
    heads: Mapping[str, str | Path],
    tests: Mapping[str, str | Path],
    tasks: Iterable[str],
    batch_size: int,
) -> dict[str, Score]:
    """The scores of one encoder on some tasks, from the files of their heads and test splits."""
    return {
        task: evaluate_encoder(
            encoder, encoder.read_head(heads[task]), read_split(tests[task]), batch_size
        )
        for task in tasks
    }
