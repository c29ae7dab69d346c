"""Calibration samples: a few training examples of a task, the same whoever asks for them."""

import numpy as np

from mergeability.datasets.splits import Split
from mergeability.naming import stable_seed


def draw_calibration(train: Split, task: str, samples: int, seed: int) -> Split:
    """`samples` examples of the training split without repetition, in the order of the split.

    The choice depends on `seed` and the task's name only, never on a partner task. Raises
    `ValueError` where the split is smaller than `samples`.
    """
    if samples > len(train.labels):
        raise ValueError(
            f"task {task!r} has {len(train.labels)} training examples, fewer than "
            f"the {samples} asked for; lower calibration.samples or probe_samples in the config"
        )
    rng = np.random.default_rng(stable_seed(seed, "calibration", task))
    chosen = np.sort(rng.choice(len(train.labels), size=samples, replace=False))
    return Split(train.examples[chosen], train.labels[chosen])
