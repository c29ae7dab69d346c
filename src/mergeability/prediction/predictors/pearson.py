"""The published predictor without its penalty: a dense linear score."""

from collections.abc import Sequence
from typing import Annotated

from mergeability.prediction.predictors import pearson_l1
from mergeability.prediction.problem import Count, Fit, Pairs, Training

RANKS_ONLY = True
LINEAR = True


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    learning_rate: Annotated[float, 0] = 0.01,
    steps: Count = 2000,
    patience: Count = 100,
    tolerance: Annotated[float, 0] = 1e-5,
) -> list[Fit]:
    """Maximise r(X w, y) over the training pairs of every fold, by Adam.

    `pearson_l1` with penalty 0 and no cut: the same scaling, starts and stopping rule, so that the
    two differ by the penalty alone. The exact maximiser of r is the direction of least squares,
    w ~ (X'X)^-1 X'y for centred X and y; Adam stops on the way there, which shrinks the directions
    in which metrics vary little. The scores X w rank the pairs of a fold; their scale and origin
    mean nothing. Source: arXiv 2601.22285, Table 19, lambda = 0.
    """
    return pearson_l1.fit(
        pairs,
        folds,
        penalty=0.0,
        learning_rate=learning_rate,
        steps=steps,
        patience=patience,
        tolerance=tolerance,
        cut=0.0,
    )
