"""Which new pairs, and which predictions, lie outside of what was learned from."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from mergeability.prediction.correlation import Floats
from mergeability.prediction.protocols import l2to
from mergeability.prediction.scaling import scale_by_training


class Reach(NamedTuple):
    """How far new pairs are from the known ones; arrays (new,), limits of the known pairs.

    `beyond` (new, metrics) marks metrics outside of the range of the known pairs. `distance` is
    Mahalanobis'. A pair is `outside` where it has more metrics beyond, or a larger distance, than
    any known pair has when compared with the known pairs that share no task with it: known pairs
    are then as new as new ones.
    """

    beyond: NDArray[np.bool_]
    distance: Floats
    most_beyond: int
    most_distant: float

    @property
    def outside(self) -> NDArray[np.bool_]:
        too_many = self.beyond.sum(axis=1) > self.most_beyond
        return too_many | (self.distance > self.most_distant)


def possible_range(observed: Floats) -> tuple[float, float]:
    """The least and largest value that a prediction of the `observed` target can be taken for.

    Accuracies and their ratios are never negative. Half of the observed range beyond the largest
    of them, a prediction says no more than that the model does not hold there.
    """
    return 0.0, float(1.5 * observed.max() - 0.5 * observed.min())


def measure_reach(known: pd.DataFrame, new: pd.DataFrame, metrics: list[str]) -> Reach:
    """Compare the metrics of `new` pairs with those of the `known` (task_a, task_b, metrics).

    Distances are taken after scaling metrics by the known pairs, with their covariance shrunk
    towards a multiple of the identity (Ledoit and Wolf, J. Multivariate Analysis 88, 2004), since
    many metrics nearly repeat each other. Fewer than five tasks leave no known pair to compare with
    others: the limits are 0, so that every new pair is outside.
    """
    known = known.dropna(subset=metrics).sort_values(["task_a", "task_b"])
    x = known[metrics].to_numpy(dtype=np.float64)
    counts, distances = [], []
    for fold in l2to(known[["task_a", "task_b"]].to_numpy(dtype=np.str_)):
        if fold.train.sum() > 1:
            beyond, distance = _compare(x[fold.train], x[fold.held_out])
            counts.append(int(beyond.sum()))
            distances.append(float(distance[0]))
    beyond, distance = _compare(x, new[metrics].to_numpy(dtype=np.float64))
    return Reach(beyond, distance, max(counts, default=0), max(distances, default=0.0))


def _compare(known: Floats, new: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Which metrics of `new` are outside of the known range, and distances from the known pairs."""
    beyond = (new < known.min(axis=0)) | (new > known.max(axis=0))
    inside = np.arange(len(known) + len(new)) < len(known)
    scaled = scale_by_training(np.concatenate([known, new]), inside)
    fitted = LedoitWolf().fit(scaled[inside])
    distance: Floats = np.sqrt(fitted.mahalanobis(scaled[~inside]))
    return beyond, distance
