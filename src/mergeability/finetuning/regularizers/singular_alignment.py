"""Penalty on turning the leading singular subspaces away from the pretrained ones."""

from typing import Literal

from torch import Tensor

from mergeability.finetuning.regularizers import Count, Regularizer, of_weights
from mergeability.finetuning.singular_vectors import (
    leading_energy,
    leading_singular_vectors,
)
from mergeability.tensors import TensorMap


def prepare(
    pretrained: TensorMap, *, rank: Count = 10, side: Literal["left", "right", "both"] = "right"
) -> Regularizer:
    """Sum over matrices of (E(W) - ||W V||^2) / (E(W_0) / rank).

    E is the sum of the `rank` largest squared singular values, V [n, rank] the leading right
    singular vectors of W_0 (`side` left: of the transposes; `both` adds the two). E(W) is the most
    that any `rank` orthonormal vectors can reach, so the penalty is >= 0. It is 0 just where V
    spans a leading singular subspace of W, as at W_0: what is penalised is the energy that W has
    moved out of the pretrained subspace.

    The code published with arXiv 2601.22285 has ||I - V^T V_W||^2 in its place ("Gargiulo",
    strength 1e-4), with V_W decomposed without a gradient, so that it cannot act. To differentiate
    through V_W is no cure. Singular vectors are defined up to their sign, and up to a rotation
    where singular values are equal, and their gradient divides by differences of squared singular
    values. Free of that ambiguity is the angle between the subspaces, that is rank - ||V^T V_W||^2,
    the sum of squared sines. The penalty here equals it where W has the spectrum of W_0, its
    leading values equal and the others 0, and bounds it for every W:

        E(W) - ||W V||^2 >= (s_rank^2 - s_(rank+1)^2) * (sum of squared sines).

    Directions that W barely tells from their neighbours thus weigh little, and no gap is divided
    by. Computed in float64, as a small difference of large numbers.
    """
    exact = {name: weight.double() for name, weight in pretrained.items() if weight.ndim == 2}
    subspaces = leading_singular_vectors(exact, rank)
    units = {name: leading_energy(weight, rank) / rank for name, weight in exact.items()}

    def penalty(weights: TensorMap) -> Tensor:
        turned = []
        for name, vectors in subspaces.items():
            weight = weights[name].double()
            energy = leading_energy(weight, rank)
            turned += [
                (energy - (rows @ basis).square().sum()) / units[name]
                for rows, basis in vectors.facing(weight, side)
            ]
        return sum(turned[1:], start=turned[0])

    return of_weights(penalty)
