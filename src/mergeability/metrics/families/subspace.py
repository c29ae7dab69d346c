"""Overlap of the singular subspaces of the two updates of each matrix (arXiv 2601.22285, A.3).

With the thin SVD of every 2-D tensor of a task vector, tau = U S V^T, each metric is the mean over
matrices of a function of the two models' factors; k (10 as published) is at most the numerical
rank of either update. That counts the singular values which rounding the weights cannot explain
(`mergeability.metrics.factors.numerical_rank`); those beyond, as of merged LoRA adapters, count as
0. A matrix that one of the models left unchanged has no such subspace and does not count; where no
matrix is left, the metrics of the pair are missing.
"""

from math import sqrt

import numpy as np

from mergeability.metrics.geometry import Array, Gram, first_rows, row_space_overlap
from mergeability.metrics.pair import SketchPair

PARTS = ("subspace",)


def singular_value_overlap(pair: SketchPair) -> float:
    """Cosine of the two spectra (their `spectrum_size` largest singular values), in [0, 1]."""
    return float(np.mean(pair.compare_matrices("spectrum", lambda a, b: Gram.of(a, b).cosine)))


def subspace_overlap(pair: SketchPair) -> float:
    """Top-k left singular vectors: ||U_a^T U_b||_F / k as published, in [0, 1/sqrt(k)]."""
    return float(np.mean(pair.compare_matrices("left_top", _left_overlap)))


def right_subspace_overlap_top_k(pair: SketchPair) -> float:
    """Top-k right singular vectors: ||V_a^T V_b||_F / sqrt(k), in [0, 1]."""
    return float(np.mean(pair.right_top_overlaps))


def right_subspace_overlap_bottom_k(pair: SketchPair) -> float:
    """Bottom-k right singular vectors: ||V_a^T V_b||_F / sqrt(k), in [0, 1]."""
    return float(np.mean(pair.right_bottom_overlaps))


def interaction_matrix_overlap_top_k(pair: SketchPair) -> float:
    """Mean squared singular value of V_a^T V_b (top k), in [0, 1]: the squared right overlap."""
    return float(np.mean(pair.right_top_overlaps**2))


def interaction_matrix_overlap_bottom_k(pair: SketchPair) -> float:
    """Mean squared singular value of V_a^T V_b (bottom k), in [0, 1]: the squared right overlap."""
    return float(np.mean(pair.right_bottom_overlaps**2))


def _left_overlap(first: Array, second: Array) -> float:
    first, second = first_rows(first, second)
    return row_space_overlap(first, second) / sqrt(len(first))
