"""Reference that merges: what the merged model does on a few labelled training samples."""

from collections.abc import Sequence

from mergeability.prediction.predictors import metric
from mergeability.prediction.problem import Fit, Pairs, Training

LOOKS_AT = "merge"
RANKS_ONLY = True
WITHOUT_TRAINING = True


def fit(pairs: Pairs, folds: Sequence[Training]) -> list[Fit]:
    """Score a pair by the target itself, measured on the probe samples of both tasks.

    The column `probe_<target>` of the pairs table stands in the place of metrics. This is no
    prediction without merging, but what one gets for merging each pair with each merger and testing
    it on about 100 labelled images per task. Although a noisy reading of the target, the score is
    not fitted to training pairs, so it has no training mean to be freed of.
    """
    return metric.fit(pairs, folds)
