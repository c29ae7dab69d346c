"""Singular value decompositions that several mergers share; not a method."""

import torch
from torch import Tensor


def nearest_orthonormal(matrix: Tensor) -> Tensor:
    """The orthogonal Procrustes solution P Q^T of matrix = P D Q^T."""
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    return left @ right
