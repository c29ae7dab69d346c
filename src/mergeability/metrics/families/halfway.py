"""Both models halfway from the pretrained weights to their own checkpoints, at theta_0 + tau / 2.

An average of two models moves each task's update by half, and on a task the other model's half adds
a disturbance. Each half alone is one model (interpolated weights as in Wortsman et al., WiSE-FT,
arXiv 2109.01903). Their superposition adds what the two halves do to the *embeddings*,

    z_own(1/2) + z_other(1/2) - z_pretrained,

which would be the average's embeddings if the encoder were linear in its weights, as task
arithmetic assumes (Ortiz-Jimenez et al., arXiv 2305.12827). No weights mix both task vectors.
"""

from mergeability.metrics.classification import Answers, Floats
from mergeability.metrics.directed_pair import DirectedPair
from mergeability.metrics.interpolation import HALFWAY, PRETRAINED

PARTS = ("outputs", "halfway_outputs")
TITLE = "Halfway models"


def halfway_ratio(side: DirectedPair) -> float:
    """Accuracy of the task's own half over that of its checkpoint."""
    return side.ratio(side.answers("own", HALFWAY).accuracy)


def halfway_loss(side: DirectedPair) -> float:
    """Cross-entropy of the task's own half, in nats."""
    return side.answers("own", HALFWAY).loss


def halfway_margin(side: DirectedPair) -> float:
    """Margin of the task's own half, in logits."""
    return side.answers("own", HALFWAY).margin


def halfway_transfer_accuracy(side: DirectedPair) -> float:
    """Accuracy of the other half, in [0, 1]."""
    return side.answers("other", HALFWAY).accuracy


def halfway_transfer_loss(side: DirectedPair) -> float:
    """Cross-entropy of the other half, in nats."""
    return side.answers("other", HALFWAY).loss


def halfway_transfer_margin(side: DirectedPair) -> float:
    """Margin of the other half, in logits."""
    return side.answers("other", HALFWAY).margin


def halfway_drift(side: DirectedPair) -> float:
    """Mean of 1 - cosine between the other half's embeddings and the pretrained ones, in [0, 2]."""
    return side.mean_angle(HALFWAY)


def superposition_ratio(side: DirectedPair) -> float:
    """Accuracy of the superposition over that of the task's checkpoint."""
    return side.ratio(_superposition(side).accuracy)


def superposition_accuracy(side: DirectedPair) -> float:
    """Accuracy of the superposition, in [0, 1]."""
    return _superposition(side).accuracy


def superposition_loss(side: DirectedPair) -> float:
    """Cross-entropy of the superposition, in nats."""
    return _superposition(side).loss


def superposition_margin(side: DirectedPair) -> float:
    """Margin of the superposition, in logits."""
    return _superposition(side).margin


def _superposition(side: DirectedPair) -> Answers:
    def added() -> Floats:
        halves: Floats = side.embeddings("own", HALFWAY) + side.embeddings("other", HALFWAY)
        return halves - side.embeddings("own", PRETRAINED)

    return side.judge("superposition", added)
