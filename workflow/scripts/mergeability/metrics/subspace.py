"""Overlap of the singular subspaces of the two updates of each matrix (arXiv 2601.22285, A.3).

With the thin SVD of every 2-D tensor of a task vector, tau = U S V^T, each metric is the mean over
matrices of a function of the two models' factors; k (10 as published) is at most the rank of the
matrix. A matrix that one of the models left unchanged has no such subspace and does not count.
"""

from collections.abc import Callable

import numpy as np

from mergeability.metrics.geometry import Array, Gram
from mergeability.metrics.pair import SketchPair


def singular_value_overlap(pair: SketchPair) -> float:
    """Cosine of the two spectra (their `spectrum_size` largest singular values), in [0, 1]."""
    return _mean_over_matrices(pair, "spectrum", lambda a, b: Gram.of(a, b).cosine)


def subspace_overlap(pair: SketchPair) -> float:
    """Top-k left singular vectors: ||U_a^T U_b||_F / k as published, in [0, 1/sqrt(k)]."""
    return _mean_over_matrices(pair, "left_top", lambda a, b: _overlap(a, b) / len(a))


def right_subspace_overlap_top_k(pair: SketchPair) -> float:
    """Top-k right singular vectors: ||V_a^T V_b||_F / sqrt(k), in [0, 1]."""
    return _mean_over_matrices(pair, "right_top", _normalised_overlap)


def right_subspace_overlap_bottom_k(pair: SketchPair) -> float:
    """Bottom-k right singular vectors: ||V_a^T V_b||_F / sqrt(k), in [0, 1]."""
    return _mean_over_matrices(pair, "right_bottom", _normalised_overlap)


def interaction_matrix_overlap_top_k(pair: SketchPair) -> float:
    """Mean squared singular value of V_a^T V_b (top k), in [0, 1]: the squared right overlap."""
    return _mean_over_matrices(pair, "right_top", lambda a, b: _normalised_overlap(a, b) ** 2)


def interaction_matrix_overlap_bottom_k(pair: SketchPair) -> float:
    """Mean squared singular value of V_a^T V_b (bottom k), in [0, 1]: the squared right overlap."""
    return _mean_over_matrices(pair, "right_bottom", lambda a, b: _normalised_overlap(a, b) ** 2)


def _overlap(first: Array, second: Array) -> float:
    """||A B^T||_F for orthonormal rows A, B [k, n]."""
    products = np.einsum("in,jn->ij", first, second)  # the same on every machine, unlike BLAS
    return float(np.sqrt(np.sum(products**2)))


def _normalised_overlap(first: Array, second: Array) -> float:
    return _overlap(first, second) / float(np.sqrt(len(first)))


def _mean_over_matrices(
    pair: SketchPair, part: str, function: Callable[[Array, Array], float]
) -> float:
    first, second = pair.part(part)
    values = [
        function(first[name], second[name])
        for name in sorted(first)
        if first[name].any() and second[name].any()
    ]
    if not values:
        raise ValueError("no matrix was changed by both models, so their subspaces cannot overlap")
    return float(np.mean(values))
