"""Whether distances, cosines and products of the same vectors agree with one another.

Where L2 distance d, cosine c and dot product g of two vectors a, b are all known,

    d^2 + 2 g = |a|^2 + |b|^2        g = c |a| |b|

and every task has one vector whatever its partner. So one squared norm per task, fitted by least
squares to the left equation, must satisfy both for all pairs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import (
    Floats,
    Mask,
    Names,
    metric_columns,
    metrics_by_pair,
    task_names,
)
from mergeability.prediction.correlation import pearson
from mergeability.prediction.task_effects import TaskTerms, fit_task_terms

GROUPS = ("task_vector", "activation", "encoder_gradient", "input_gradient")
# Of |a|^2 + |b|^2 and |a| |b|; published single-precision values are off by up to 0.8 %.
TOLERANCE = 0.01


class Vectors(NamedTuple):
    """What the three metrics of a group say: `tasks` (pairs, 2), the rest (pairs,).

    `squares` is d^2 + 2 g, `terms` holds the squared norms, one per task.
    """

    tasks: Names
    cosine: Floats
    product: Floats
    squares: Floats
    terms: TaskTerms

    @property
    def determined(self) -> bool:
        """Whether the pairs determine the norms, as all pairs of three or more tasks do."""
        return self.terms.rank == len(self.terms.tasks)

    @property
    def lengths(self) -> Floats:
        """|a| |b| by the fitted norms, negative squares taken for 0."""
        norms = np.sqrt(np.maximum(self.terms.terms, 0.0))
        return norms[np.searchsorted(self.terms.tasks, self.tasks)].prod(axis=1)

    @property
    def residual(self) -> float:
        """Root mean square of d^2 + 2 g - |a|^2 - |b|^2, relative to that of d^2 + 2 g."""
        return _relative(self.squares - self.terms.fitted, self.squares)

    @property
    def r_squared(self) -> float:
        """Share of the variance of d^2 + 2 g that the norms explain; NaN without variance."""
        deviations = self.squares - self.squares.mean()
        return 1 - _relative(self.squares - self.terms.fitted, deviations) ** 2

    @property
    def identity_correlation(self) -> float:
        """Pearson's r of g with c |a| |b|."""
        return pearson(self.product, self.cosine * self.lengths)

    @property
    def impossible(self) -> Mask:
        """Pairs that no two vectors give, whatever their norms.

        |a| |b| is at most half of |a|^2 + |b|^2, so g lies between 0 and c (d^2 + 2 g) / 2.
        """
        bound = self.cosine * self.squares / 2
        nearest = np.clip(self.product, np.minimum(bound, 0.0), np.maximum(bound, 0.0))
        return np.abs(self.product - nearest) > TOLERANCE * self.squares / 2

    @property
    def contradicting(self) -> Mask:
        """Pairs that fail one of both identities with the fitted norms, or are impossible."""
        off_sum = np.abs(self.squares - self.terms.fitted) > TOLERANCE * self.terms.fitted
        off_product = np.abs(self.product - self.cosine * self.lengths) > TOLERANCE * self.lengths
        return off_sum | off_product | self.impossible


def read_vectors(by_pair: pd.DataFrame) -> Iterator[tuple[str, Vectors]]:
    """The groups of which `by_pair` (see `pairs.metrics_by_pair`) has all three metrics.

    Each with the pairs that have all three; groups without such a pair are left out.
    """
    for group in GROUPS:
        names = [f"{group}_{of}" for of in ("l2_distance", "cosine_similarity", "dot_product")]
        if not set(names) <= set(by_pair.columns):
            continue
        rows = by_pair.dropna(subset=names)
        if rows.empty:
            continue
        distance, cosine, product = rows[names].to_numpy(dtype=np.float64).T
        squares = distance**2 + 2 * product
        tasks = task_names(rows)
        yield group, Vectors(tasks, cosine, product, squares, fit_task_terms(tasks, squares))


def implied_norms(table: pd.DataFrame) -> pd.DataFrame:
    """The length of each task's vector that a pairs table implies, by group and task.

    Columns `group`, `task`, `norm` (NaN where its square comes out negative) and
    `relative_residual`: the root mean square over the task's pairs of d^2 + 2 g - |a|^2 - |b|^2,
    relative to that of d^2 + 2 g; 0 where the measurements agree. Groups whose pairs do not
    determine the norms are left out.
    """
    rows = []
    for group, vectors in read_vectors(metrics_by_pair(table, metric_columns(table))):
        if not vectors.determined:
            continue
        error = vectors.squares - vectors.terms.fitted
        for task, square in zip(vectors.terms.tasks.tolist(), vectors.terms.terms, strict=True):
            own = (vectors.tasks == task).any(axis=1)
            norm = np.sqrt(square) if square >= 0 else np.nan
            rows.append((group, task, norm, _relative(error[own], vectors.squares[own])))
    return pd.DataFrame(rows, columns=["group", "task", "norm", "relative_residual"])


def _relative(part: Floats, whole: Floats) -> float:
    """Length of one vector over that of another, NaN where that is 0."""
    length = float(np.sqrt((whole**2).sum()))
    return float(np.sqrt((part**2).sum())) / length if length else float("nan")
