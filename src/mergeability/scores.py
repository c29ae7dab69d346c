"""What is known of a model on its tasks, and what a merge keeps of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Score(NamedTuple):
    """Result of one model on the test of one task; what is not known of it is None."""

    accuracy: float  # share of correct predictions, in [0, 1], or another score: more is better
    loss: float | None = None  # mean cross-entropy in nats
    samples: int | None = None


def summarize_single(task: str, zero_shot: Score, fine_tuned: Score) -> dict[str, Any]:
    """The content of the evaluation file of one checkpoint and its pretrained encoder."""
    before = {
        "zero_shot_accuracy": zero_shot.accuracy,
        "zero_shot_loss": zero_shot.loss,
    }
    return {"task": task, **_known(fine_tuned._asdict()), **_known(before)}


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
            **_known(score._asdict()),
            "normalized_accuracy": normalized_accuracy(
                score.accuracy, single_accuracies[task], task
            ),
        }
        for task, score in sorted(merged.items())
    }
    means = {
        key: sum(entry[key] for entry in tasks.values()) / len(tasks)
        for key in ("accuracy", "loss", "normalized_accuracy")
        if all(key in entry for entry in tasks.values())
    }
    if len(tasks) == 2:
        return {"merger": merger, "pair": name, "tasks": tasks, "mean": means}
    worst = {
        key: (max if key == "loss" else min)(entry[key] for entry in tasks.values())
        for key in means
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


def _known(values: Mapping[str, float | None]) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}
