"""Baseline without learning: one metric as it is."""

from collections.abc import Sequence

from mergeability.prediction.problem import Fit, Pairs, Training

LOOKS_AT = "one metric"
RANKS_ONLY = True
WITHOUT_TRAINING = True


def fit(pairs: Pairs, folds: Sequence[Training]) -> list[Fit]:
    """Score a pair by its one metric, whatever the fold; a metric that falls has a negative r.

    Raises `ValueError` unless there is exactly one metric.
    """
    if pairs.metrics.shape[1] != 1:
        raise ValueError(f"expected one metric as the score, got {pairs.metrics.shape[1]}")
    return [Fit(pairs.metrics[:, 0]) for _ in folds]
