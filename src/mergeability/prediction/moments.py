"""Second moments of training pairs: all that a linear score needs to know of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mergeability.prediction.problem import Floats, Mask, Training


@dataclass(frozen=True)
class Moments:
    """Second moments of each fold's training pairs.

    With X and y centred over the training pairs: `scatter` = X'X (folds, metrics, metrics),
    `cross` = X'y (folds, metrics), `target` = y'y (folds,).
    """

    scatter: Floats
    cross: Floats
    target: Floats

    @property
    def undetermined(self) -> Mask:
        """Coefficients (folds, metrics) on which training says nothing.

        Those of metrics that are constant in training, and all where the target is.
        """
        constant = np.einsum("fii->fi", self.scatter) == 0
        undetermined: Mask = constant | (self.target == 0)[:, None]
        return undetermined


def training_moments(scaled: Sequence[Floats], folds: Sequence[Training]) -> Moments:
    """Moments of scaled metrics (pairs, metrics), one array per fold, and of targets."""
    # einsum because the rounding of BLAS depends on its number of threads, and a descent which
    # jumps across w = 0 (see `pearson_l1`) magnifies differences in rounding.
    scatter, cross, target = [], [], []
    for matrix, fold in zip(scaled, folds, strict=True):
        x = matrix[fold.rows] - matrix[fold.rows].mean(axis=0)
        # The mean of equal numbers can differ from them in the last bit.
        y = (fold.target - fold.target.mean()) * bool(np.ptp(fold.target))
        scatter.append(np.einsum("pi,pj->ij", x, x))
        cross.append(np.einsum("pi,p->i", x, y))
        target.append(np.einsum("p,p->", y, y))
    return Moments(np.stack(scatter), np.stack(cross), np.asarray(target))
