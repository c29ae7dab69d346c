"""A linear model of directed pairs: normal coefficients, noise shared by the directions of a pair.

Rows come in pairs, one row per direction. The noise has variance s^2 and correlates by `shared`
between the two rows of a pair, so that their sum and difference are independent.
"""

from typing import NamedTuple

import numpy as np

from mergeability.prediction.problem import Floats

_ROTATION = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)


class Grid(NamedTuple):
    """Hyperparameters to compare: `precisions` (choices, terms) of the coefficients over that of
    the noise, 0 for a flat prior; `shared` (choices,), in (-1, 1)."""

    precisions: Floats
    shared: Floats


class Posterior(NamedTuple):
    """What training rows say: `mean` (terms,) of the coefficients, `covariance` (terms, terms) in
    units of `noise`, the variance s^2; `shared` of the choice, `evidence` up to a constant."""

    mean: Floats
    covariance: Floats
    noise: float
    shared: float
    evidence: float
    choice: int

    def predict(self, design: Floats) -> tuple[Floats, Floats]:
        """Mean (pairs, 2) and covariance (pairs, 2, 2) of new rows, their noise included."""
        spread = design @ self.covariance @ design.transpose(0, 2, 1)
        return design @ self.mean, self.noise * (spread + noise_of_pair(self.shared))

    def leave_one_out(self, design: Floats, target: Floats) -> tuple[Floats, Floats]:
        """The same for the training pairs (pairs, 2), each from a fit without itself.

        With whitened rows Phi of one pair, H = Phi covariance Phi' and the whitened residual e,

            residual without the pair = (1 - H)^-1 e,   covariance = noise (1 - H)^-1

        Source: Allen, Technometrics 16, 1974, for blocks of rows.
        """
        whiten, colour = whitening(self.shared)
        rows = whiten @ design
        leverage = rows @ self.covariance @ rows.transpose(0, 2, 1)
        free = np.linalg.inv(np.eye(2) - leverage)
        residual = (target - design @ self.mean) @ whiten.T
        outside = np.einsum("pij,pj->pi", free, residual) @ colour.T
        return target - outside, self.noise * (colour @ free @ colour.T)


def noise_of_pair(shared: float) -> Floats:
    """Correlations (2, 2) of the noise of both directions."""
    return np.array([[1.0, shared], [shared, 1.0]])


def whitening(shared: float) -> tuple[Floats, Floats]:
    """What makes the noise of a pair white (2, 2), and its inverse."""
    scale = np.sqrt([1 + shared, 1 - shared])
    return _ROTATION / scale[:, None], _ROTATION * scale


def infer(design: Floats, target: Floats, grid: Grid) -> Posterior:
    """The posterior under the choice of the grid with the largest marginal likelihood.

    `design` (pairs, 2, terms), `target` (pairs, 2). With N rows, A = Phi'Phi + precisions over
    whitened rows and targets y, and coefficients of precision 0 integrated out,

        s^2 = (y'y - y'Phi A^-1 Phi'y) / (N - flat)
        evidence = -((N - flat) log s^2 + log det A - sum log precisions + log det noise) / 2

    Source: MacKay, Neural Computation 4, 1992, with the variance of the noise profiled.
    """
    rotated, values = _ROTATION @ design, target @ _ROTATION.T
    gram = np.einsum("pdi,pdj->dij", rotated, rotated)
    cross = np.einsum("pdi,pd->di", rotated, values)
    power = np.einsum("pd,pd->d", values, values)
    weight = 1 / np.stack([1 + grid.shared, 1 - grid.shared], axis=1)  # (choices, 2)
    matrices = np.einsum("cd,dij->cij", weight, gram)
    terms = np.arange(design.shape[2])
    matrices[:, terms, terms] += grid.precisions
    right = weight @ cross
    solved = np.linalg.solve(matrices, right[:, :, None])[:, :, 0]
    flat = int((grid.precisions[0] == 0).sum())
    free = target.size - flat
    noise = (weight @ power - (right * solved).sum(axis=1)) / free
    noise = np.maximum(noise, 1e-12 * max(float(power.sum()), 1e-12))
    penalties = np.log(np.where(grid.precisions > 0, grid.precisions, 1)).sum(axis=1)
    evidence = -0.5 * (
        free * np.log(noise)
        + np.linalg.slogdet(matrices)[1]
        - penalties
        - len(target) * np.log(weight).sum(axis=1)
    )
    best = int(np.argmax(evidence))
    return Posterior(
        solved[best], np.linalg.inv(matrices[best]), float(noise[best]),
        float(grid.shared[best]), float(evidence[best]), best,
    )  # fmt: skip
