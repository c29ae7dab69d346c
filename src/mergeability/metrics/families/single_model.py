"""Each model on the probe samples of its own task: what fine-tuning had to add.

No merge can be judged from one model, but a task that the pretrained model solves well already
loses little. Answers are through the zero-shot head; see `mergeability.metrics.classification`.
"""

from mergeability.metrics.directed_pair import DirectedPair
from mergeability.metrics.interpolation import FINE_TUNED, PRETRAINED

PARTS = ("outputs",)
TITLE = "Single models"


def zero_shot_accuracy(side: DirectedPair) -> float:
    """Accuracy of the pretrained model, in [0, 1]."""
    return side.answers("own", PRETRAINED).accuracy


def zero_shot_loss(side: DirectedPair) -> float:
    """Cross-entropy of the pretrained model, in nats."""
    return side.answers("own", PRETRAINED).loss


def zero_shot_margin(side: DirectedPair) -> float:
    """Margin of the pretrained model, in logits."""
    return side.answers("own", PRETRAINED).margin


def fine_tuned_accuracy(side: DirectedPair) -> float:
    """Accuracy of the checkpoint, in [0, 1]; the samples are of its training split."""
    return side.answers("own", FINE_TUNED).accuracy


def fine_tuned_loss(side: DirectedPair) -> float:
    """Cross-entropy of the checkpoint, in nats."""
    return side.answers("own", FINE_TUNED).loss


def fine_tuned_margin(side: DirectedPair) -> float:
    """Margin of the checkpoint, in logits."""
    return side.answers("own", FINE_TUNED).margin


def zero_shot_ratio(side: DirectedPair) -> float:
    """Accuracy of the pretrained model over that of the checkpoint."""
    return side.ratio(zero_shot_accuracy(side))
