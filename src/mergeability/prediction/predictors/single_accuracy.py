"""Baseline without metrics and without learning: how good the two checkpoints are."""

from collections.abc import Sequence

from mergeability.prediction.problem import Fit, Pairs, Training

LOOKS_AT = "no metric"
RANKS_ONLY = True
WITHOUT_TRAINING = True


def fit(pairs: Pairs, folds: Sequence[Training]) -> list[Fit]:
    """Score a pair by the mean of its two fine-tuned accuracies, in [0, 1], in every fold."""
    scores = pairs.single_accuracy.mean(axis=1)
    return [Fit(scores) for _ in folds]
