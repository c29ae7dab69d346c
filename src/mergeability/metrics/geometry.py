"""Lengths and angles of two vectors from their three inner products."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from math import acos, degrees, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_BLOCK = 1 << 19  # entries; a thread holds the products of one block
_BUFFER = 1024  # entries that NumPy converts to float64 at a time: fits the smallest cache


def inner_products(
    first: Mapping[str, Array], second: Mapping[str, Array], threads: int = 1
) -> Array:
    """<a, b> of the tensors of equal names, in the order of names: float64 [tensors].

    Accumulated in float64, where the product of two float32 is exact. The result is the same
    whatever `threads` is, since arrays are cut into blocks of fixed size, and the same on every
    machine, since blocks are multiplied entry by entry and summed pairwise. BLAS, whose last digits
    depend on the processor, would not be faster: reading and converting takes the time.
    """
    names = sorted(first)
    blocks = [
        (number, slice(start, start + _BLOCK))
        for number, name in enumerate(names)
        for start in range(0, first[name].size, _BLOCK)
    ]
    vectors = [(first[name].reshape(-1), second[name].reshape(-1)) for name in names]

    def sums_of(blocks: list[tuple[int, slice]]) -> list[float]:
        product = np.empty(min(_BLOCK, max(a.size for a, _ in vectors)))
        sums = []
        with np.errstate():  # also the scope of the size of buffers
            np.setbufsize(_BUFFER)
            for number, part in blocks:
                a, b = (vector[part] for vector in vectors[number])
                np.multiply(a, b, out=product[: a.size], dtype=np.float64)
                sums.append(float(product[: a.size].sum()))
        return sums

    shares = [blocks[offset::threads] for offset in range(threads)]
    sums = np.zeros(len(blocks))
    with ThreadPoolExecutor(threads) as pool:
        run = pool.map if threads > 1 else map
        for offset, share in enumerate(run(sums_of, shares)):
            sums[offset::threads] = share
    return np.bincount([number for number, _ in blocks], weights=sums, minlength=len(names))


def inner_product(first: Array, second: Array) -> float:
    """<a, b> over all entries, accumulated in float64."""
    return float(inner_products({"": first}, {"": second})[0])


def squared_norms(tensors: Mapping[str, Array]) -> Array:
    """<t, t> of each tensor, in the order of their names: float64 [tensors]."""
    return inner_products(tensors, tensors)


def first_rows(first: Array, second: Array) -> tuple[Array, Array]:
    """The first k rows of both, k the smaller number of rows that are not 0 throughout."""
    k = min(np.count_nonzero(array.any(axis=1)) for array in (first, second))
    return first[:k], second[:k]


def last_rows(first: Array, second: Array) -> tuple[Array, Array]:
    """The last k rows of both, k the smaller number of rows that are not 0 throughout."""
    k = min(np.count_nonzero(array.any(axis=1)) for array in (first, second))
    return first[len(first) - k :], second[len(second) - k :]


def row_space_overlap(first: Array, second: Array) -> float:
    """||A B^T||_F / sqrt(k) for orthonormal rows A, B [k, n], in [0, 1]: 1 for equal subspaces."""
    products = np.einsum("in,jn->ij", first, second)  # the same on every machine, unlike BLAS
    return float(np.sqrt(np.sum(products**2) / len(first)))


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
