"""Task effects where they are known, metrics otherwise: what is a pair of any tasks worth?"""

from collections.abc import Sequence
from typing import Annotated

from mergeability.prediction.inner_selection import least_squared_error
from mergeability.prediction.predictors import additive
from mergeability.prediction.problem import Fit, Floats, Pairs, Training

LINEAR = True


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    task_penalties: Annotated[tuple[float, ...], 1e-12] = (0.01, 0.1, 1.0, 10.0, 100.0),
    metric_penalties: Annotated[tuple[float, ...], 1e-12] = (0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4),
) -> list[Fit]:
    """The model of `additive`, with both penalties chosen by plain squared error throughout.

    A pair of two seen tasks gets both effects, of one its effect, of none no effect, and each what
    the metrics say. Where `additive` asks whether metrics order the partners of a task better than
    task effects alone, here the level of a task never seen counts too. Task effects know nothing of
    it, and metrics of single models may: small penalties of task effects would explain with effects
    what metrics can explain for any task, and so lose. Scores are in units of the target.
    """
    return additive.fit_with(_least_error, pairs, folds, task_penalties, metric_penalties)


def _least_error(errors: Sequence[Floats], n_task: int, n_metric: int) -> int:
    return least_squared_error(errors, n_task * n_metric)
