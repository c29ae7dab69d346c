"""Scaling of metrics by what a fold may know: its training pairs."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def scale_by_training(metrics: Floats, train: NDArray[np.bool_]) -> Floats:
    """Scale metrics (pairs, metrics) so that the training pairs span [-1, 1] in each column.

        2 (x - min) / (max - min) - 1,   min and max over the rows where `train` is true

    A metric that is constant in training is divided by 1 instead, as published: its training
    value becomes -1. Held-out pairs may fall outside [-1, 1]. Source: arXiv 2601.22285, section 4.
    """
    low = metrics[train].min(axis=0)
    span = metrics[train].max(axis=0) - low
    span[span == 0] = 1.0
    scaled: Floats = 2 * (metrics - low) / span - 1
    return scaled
