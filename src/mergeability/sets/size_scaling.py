"""How the loss of a merge grows with the number of models."""

from collections.abc import Callable, Mapping, Sequence
from math import log, nan

import numpy as np

from mergeability.sets.features import pairs_of
from mergeability.sets.held_out import FEWEST_TRAINING
from mergeability.sets.names import split_set


def growth_exponent(
    name: str,
    merged: Mapping[str, float],
    of_pairs: Mapping[str, float],
    aggregate: Callable[[Sequence[float]], float] = np.mean,
) -> float:
    """The exponent a in  loss of a set of k = (k / 2)^a  x  loss of its pairs.

    Loss is 1 - normalised accuracy; `aggregate` sums up that of the pairs of one set. Estimated
    from the mean losses of those of the `merged` sets (set -> normalised accuracy) that are as
    large as the set `name` and share no task with it, and of their pairs. NaN where there are fewer
    than `FEWEST_TRAINING` of them, or where merging loses nothing.
    """
    tasks = set(split_set(name))
    others = [
        s for s in merged if len(split_set(s)) == len(tasks) and tasks.isdisjoint(split_set(s))
    ]
    if len(others) < FEWEST_TRAINING:
        return nan
    whole = 1 - float(np.mean([merged[s] for s in others]))
    parts = [aggregate([of_pairs[pair] for pair in pairs_of(s)]) for s in others]
    loss = 1 - float(np.mean(parts))
    return log(whole / loss) / log(len(tasks) / 2) if whole > 0 and loss > 0 else nan


def extrapolate(pair_accuracy: float, size: int, exponent: float) -> float:
    """Normalised accuracy of a merge of `size` models, from that of its pairs: see above."""
    return float(1 - (size / 2) ** exponent * (1 - pair_accuracy))
