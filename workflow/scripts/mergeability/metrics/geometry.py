"""Lengths and angles of two vectors from their three inner products."""

from collections.abc import Mapping
from math import acos, degrees, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def inner_product(first: Array, second: Array) -> float:
    """<a, b> over all entries, accumulated in float64.

    By pairwise summation and not by BLAS, whose last digits depend on threads and processor.
    """
    product = first.reshape(-1).astype(np.float64)
    product *= second.reshape(-1)
    return float(product.sum())


def squared_norms(tensors: Mapping[str, Array]) -> Array:
    """<t, t> of each tensor, in the order of their names: float64 [tensors]."""
    return np.array([inner_product(tensors[name], tensors[name]) for name in sorted(tensors)])


class Gram(NamedTuple):
    """Inner products <a, a>, <b, b> and <a, b> of two vectors."""

    aa: float
    bb: float
    ab: float

    @classmethod
    def of(cls, first: Array, second: Array) -> "Gram":
        """The Gram matrix of two arrays, each taken as one vector."""
        return cls(
            inner_product(first, first), inner_product(second, second), inner_product(first, second)
        )

    @property
    def norms(self) -> tuple[float, float]:
        """||a|| and ||b||."""
        return sqrt(self.aa), sqrt(self.bb)

    @property
    def distance(self) -> float:
        """||a - b|| = sqrt(<a,a> + <b,b> - 2 <a,b>), >= 0."""
        return sqrt(max(0.0, self.aa + self.bb - 2.0 * self.ab))

    @property
    def cosine(self) -> float:
        """<a, b> / (||a|| ||b||) in [-1, 1]; `ValueError` where a vector is zero."""
        self._require_non_zero()
        norm_a, norm_b = self.norms
        return min(1.0, max(-1.0, self.ab / (norm_a * norm_b)))

    @property
    def angle(self) -> float:
        """arccos of the cosine in degrees, in [0, 180]."""
        return degrees(acos(self.cosine))

    @property
    def magnitude_ratio(self) -> float:
        """Length of the shorter vector over that of the longer, in (0, 1]."""
        self._require_non_zero()
        return min(self.norms) / max(self.norms)

    @property
    def singular_values(self) -> tuple[float, float]:
        """Singular values s1 >= s2 of the 2 x D matrix with rows a and b, in closed form.

        They are the roots of the eigenvalues of [[aa, ab], [ab, bb]]; the smaller one follows
        from the determinant, which does not cancel as the difference of the roots would.
        """
        half_gap = sqrt(((self.aa - self.bb) / 2.0) ** 2 + self.ab**2)
        largest = (self.aa + self.bb) / 2.0 + half_gap
        if largest == 0.0:
            return 0.0, 0.0
        determinant = max(0.0, self.aa * self.bb - self.ab**2)
        return sqrt(largest), sqrt(determinant / largest)

    def _require_non_zero(self) -> None:
        if self.aa == 0.0 or self.bb == 0.0:
            raise ValueError(
                "a vector of length zero has no direction: the checkpoint equals the pretrained "
                "weights, or its gradients or activations vanish; remove it from the zoo"
            )
