"""The other model on the probe samples of a task: what it forgot, and how far it drifted.

Both checkpoints look at the same images; weights are not merged. The ensemble averages what they
say, which costs two passes wherever it is used, and is a common upper guide for a merge.
"""

from mergeability.metrics.classification import Answers, Floats, directions
from mergeability.metrics.directed_pair import DirectedPair
from mergeability.metrics.interpolation import FINE_TUNED

PARTS = ("outputs", "cross_outputs")
TITLE = "Cross outputs"


def transfer_accuracy(side: DirectedPair) -> float:
    """Accuracy of the other checkpoint, in [0, 1]."""
    return side.answers("other", FINE_TUNED).accuracy


def transfer_loss(side: DirectedPair) -> float:
    """Cross-entropy of the other checkpoint, in nats."""
    return side.answers("other", FINE_TUNED).loss


def transfer_margin(side: DirectedPair) -> float:
    """Margin of the other checkpoint, in logits."""
    return side.answers("other", FINE_TUNED).margin


def drift(side: DirectedPair) -> float:
    """Mean of 1 - cosine between the other checkpoint's embeddings and the pretrained ones."""
    return side.mean_angle(FINE_TUNED)


def ensemble_ratio(side: DirectedPair) -> float:
    """Accuracy of the ensemble over that of the task's checkpoint."""
    return side.ratio(_ensemble(side).accuracy)


def ensemble_loss(side: DirectedPair) -> float:
    """Cross-entropy of the ensemble, in nats."""
    return _ensemble(side).loss


def ensemble_margin(side: DirectedPair) -> float:
    """Margin of the ensemble, in logits."""
    return _ensemble(side).margin


def _ensemble(side: DirectedPair) -> Answers:
    def mean_direction() -> Floats:
        both = [side.embeddings(model, FINE_TUNED) for model in ("own", "other")]
        return directions(both[0]) + directions(both[1])

    return side.judge("ensemble", mean_direction)
