"""Accuracy of encoders on their tasks, and what a merge keeps of it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import Split, read_split


class Score(NamedTuple):
    """Result of one encoder on one test set."""

    accuracy: float  # share of correct predictions, in [0, 1]
    loss: float  # mean cross-entropy in nats
    samples: int


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


def summarize_single(task: str, zero_shot: Score, fine_tuned: Score) -> dict[str, Any]:
    """The content of the evaluation file of one checkpoint and its pretrained encoder."""
    return {
        "task": task,
        **fine_tuned._asdict(),
        "zero_shot_accuracy": zero_shot.accuracy,
        "zero_shot_loss": zero_shot.loss,
    }


def summarize_merge(
    merger: str,
    name: str,
    merged: Mapping[str, Score],
    single_accuracies: Mapping[str, float],
) -> dict[str, Any]:
    """The content of an evaluation file: scores per task, normalised, and their means.

    Normalised accuracy of a task = accuracy of the merged model / accuracy of the task's own
    checkpoint; that of the merge is the mean over its tasks (arXiv 2601.22285, section 3).
    `name` is that of the pair or set; of a set, the worst task counts too.
    """
    tasks = {
        task: {
            **score._asdict(),
            "normalized_accuracy": normalized_accuracy(
                score.accuracy, single_accuracies[task], task
            ),
        }
        for task, score in sorted(merged.items())
    }
    means = {
        key: sum(entry[key] for entry in tasks.values()) / len(tasks)
        for key in ("accuracy", "loss", "normalized_accuracy")
    }
    if len(tasks) == 2:
        return {"merger": merger, "pair": name, "tasks": tasks, "mean": means}
    worst = {
        key: pick(entry[key] for entry in tasks.values())
        for key, pick in (("accuracy", min), ("loss", max), ("normalized_accuracy", min))
    }
    return {"merger": merger, "set": name, "tasks": tasks, "mean": means, "worst": worst}


def normalized_accuracy(merged: float, single: float, task: str) -> float:
    """merged / single, both accuracies on `task`; `ValueError` where the checkpoint scores 0."""
    if single <= 0:
        raise ValueError(
            f"the checkpoint of task {task!r} has accuracy 0, so nothing can be normalised by it; "
            "fine-tune it longer or remove the task"
        )
    return merged / single
