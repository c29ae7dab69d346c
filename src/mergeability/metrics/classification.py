"""How embeddings fare as answers to a task, in NumPy: a pair job imports no torch."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


class Answers(NamedTuple):
    """Accuracy, in [0, 1], mean cross-entropy in nats, and mean margin in units of logits.

    The margin of a sample is the logit of its class less the largest of the others.
    """

    accuracy: float
    loss: float
    margin: float


def classify(embeddings: Floats, head: Floats, labels: NDArray[np.int64]) -> Answers:
    """Answers of normalised `embeddings` [samples, embedding] by a `head` [classes, embedding].

    Computed in float64 without BLAS, so that last digits do not depend on the machine.
    """
    logits = np.einsum("se,ce->sc", directions(embeddings), head.astype(np.float64))
    samples = np.arange(len(labels))
    right = logits[samples, labels]
    largest = logits.max(axis=1)
    loss = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1)) - right
    accuracy = np.mean(logits.argmax(axis=1) == labels)
    logits[samples, labels] = -np.inf
    return Answers(float(accuracy), float(loss.mean()), float((right - logits.max(axis=1)).mean()))


def directions(vectors: Floats) -> Floats:
    """Rows [rows, columns] at length 1, in float64."""
    rows = vectors.astype(np.float64)
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
