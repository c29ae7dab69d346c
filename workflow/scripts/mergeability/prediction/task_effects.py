"""The additive part of a target: how much each task adds, whatever its partner."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mergeability.prediction.correlation import Floats

_DETERMINED = 1e-9


@dataclass(frozen=True)
class TaskEffects:
    """The additive model y(A, B) = mu + a_A + a_B + residual.

    `effects` by task; `fitted`, `residual` and `foretold` (pairs,). The residual is the interaction
    of the two tasks together with the noise of their evaluation. `foretold` is what the model
    fitted to all other pairs says of a pair (NaN where they say nothing): unlike `fitted` it holds
    nothing of the pair's own interaction.
    """

    mean: float
    effects: dict[str, float]
    fitted: Floats
    residual: Floats
    foretold: Floats


def fit_task_effects(tasks: NDArray[np.str_], values: Floats) -> TaskEffects:
    """Least squares of the additive model on the tasks (pairs, 2) and values (pairs,) of pairs.

    `mean` is the mean value of all pairs. Where pairs do not determine the effects (few tasks, or
    bipartite pairs), the effects of least norm are taken; fitted values do not depend on that. Source of `foretold`: Allen,
    Technometrics 16, 1974 (y - residual / (1 - leverage)).
    """
    names, index = np.unique(tasks, return_inverse=True)
    index = index.reshape(tasks.shape)
    design = np.zeros((len(values), len(names)))
    design[np.arange(len(values)), index[:, 0]] = 1.0
    design[np.arange(len(values)), index[:, 1]] += 1.0
    mean = float(values.mean())
    # The columns add up to 2 in every row, so that they span the constant: no column for mu.
    inverse = np.linalg.pinv(design)
    effects = inverse @ (values - mean)
    fitted = mean + design @ effects
    residual = values - fitted
    leverage = np.einsum("pt,tp->p", design, inverse)
    free = 1 - leverage
    foretold = values - residual / np.where(free > _DETERMINED, free, np.nan)
    return TaskEffects(
        mean, dict(zip(names.tolist(), effects.tolist(), strict=True)), fitted, residual, foretold
    )
