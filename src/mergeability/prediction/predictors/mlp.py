"""A small neural network, the non-linear counterpart of the linear predictors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from mergeability.prediction.adam import descend
from mergeability.prediction.problem import Count, Fit, Floats, Fraction, Pairs, Training
from mergeability.prediction.scaling import scale_by_training


@dataclass(frozen=True)
class Network:
    """One hidden layer of ReLU units per fold.

    `inner` (folds, metrics, hidden), `inner_bias` (folds, hidden), `outer` (folds, hidden) and
    `outer_bias` (folds,).
    """

    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    hidden: Count = 8,
    dropout: Fraction = 0.4,
    epochs: Count = 300,
    learning_rate: Annotated[float, 0] = 0.01,
) -> list[Fit]:
    """Minimise the mean of (y - f(x))^2 over the training pairs of every fold, by Adam.

        f(x) = v . D max(0, U x + b) + c,   D diagonal: 0 with probability `dropout`, else
                                            1 / (1 - dropout); the identity in prediction

    x holds the metrics scaled to [-1, 1] by the training pairs, 0 where they are constant there; y
    is standardised by the training pairs. Full-batch Adam for `epochs` steps from weights uniform
    within 1 / sqrt(inputs) of 0. Starts and dropout of a fold come from its own seed, whatever
    other folds there are. A constant target is predicted as it is. Scores are in units of the
    target; there are no coefficients. Raises `ValueError` unless `dropout` < 1.

    Source: arXiv 2601.22285, Table 13. The published numbers scale metrics by all pairs and
    correlate pooled predictions: they are no reference for a mean over folds.
    """
    if wrong := problem(dropout=dropout):
        raise ValueError(wrong)
    scaled = [_scale(pairs.metrics, fold) for fold in folds]
    counts = [len(fold.target) for fold in folds]
    inputs = _stack([matrix[fold.rows] for matrix, fold in zip(scaled, folds, strict=True)])
    centres = np.array([fold.target.mean() for fold in folds])
    spreads = np.array([fold.target.std() * bool(np.ptp(fold.target)) for fold in folds])
    targets = _stack([_standardise(fold.target) for fold in folds])
    shares = _stack([np.full(n, 1 / n) for n in counts])
    generators = [np.random.default_rng(fold.seed) for fold in folds]

    def noisy_loss(weights: Floats) -> tuple[Floats, Floats]:
        draws = _stack(
            [generator.random((n, hidden)) for generator, n in zip(generators, counts, strict=True)]
        )
        kept = (draws >= dropout) / (1 - dropout)
        return loss_and_gradient(weights, inputs, targets, shares, kept)

    start = np.stack(
        [_random_weights(generator, inputs.shape[2], hidden) for generator in generators]
    )
    weights, _ = descend(
        noisy_loss,
        start,
        learning_rate=learning_rate,
        steps=epochs,
        patience=epochs,
        tolerance=0.0,
    )
    ones = np.ones((*targets.shape, hidden))
    losses, _ = loss_and_gradient(weights, inputs, targets, shares, ones)
    outputs = centres[:, None] + spreads[:, None] * _respond(weights, np.stack(scaled), hidden)
    return [
        Fit(scores, details={"training_loss": float(loss)})
        for scores, loss in zip(outputs, losses, strict=True)
    ]


def problem(*, dropout: float) -> str | None:
    """Why these parameters cannot work, or None."""
    return None if dropout < 1 else f"dropout must be below 1, got {dropout:g}"


def loss_and_gradient(
    weights: Floats, inputs: Floats, targets: Floats, shares: Floats, kept: Floats
) -> tuple[Floats, Floats]:
    """Loss (folds,) and its gradient (folds, weights) at `weights`, as `unpack` reads them.

    `inputs` (folds, rows, metrics), `targets` (folds, rows), `kept` (folds, rows, hidden): factors
    on the hidden units. `shares` (folds, rows) weighs the squared errors, with 0 for rows that only
    fill up a fold.
    """
    network = unpack(weights, kept.shape[2])
    before = inputs @ network.inner + network.inner_bias[:, None]
    kept = kept * (before > 0)
    active = before * kept
    error = (active @ network.outer[..., None])[..., 0] + network.outer_bias[:, None] - targets
    slope = 2 * shares * error  # of the loss along the output: (folds, rows)
    back = slope[..., None] * network.outer[:, None] * kept
    gradient = [
        (inputs.transpose(0, 2, 1) @ back).reshape(len(weights), -1),
        back.sum(axis=1),
        (slope[:, None] @ active)[:, 0],
        slope.sum(axis=1, keepdims=True),
    ]
    return (shares * error**2).sum(axis=1), np.concatenate(gradient, axis=1)


def unpack(weights: Floats, hidden: int) -> Network:
    """The network behind one vector of weights per fold, of length hidden (metrics + 2) + 1."""
    inner, inner_bias, outer, outer_bias = np.split(
        weights, [weights.shape[1] - 2 * hidden - 1, -hidden - 1, -1], axis=1
    )
    return Network(inner.reshape(len(weights), -1, hidden), inner_bias, outer, outer_bias[:, 0])


def _respond(weights: Floats, inputs: Floats, hidden: int) -> Floats:
    """Outputs (folds, pairs) without dropout."""
    network = unpack(weights, hidden)
    active = np.maximum(inputs @ network.inner + network.inner_bias[:, None], 0.0)
    outputs: Floats = (active @ network.outer[..., None])[..., 0] + network.outer_bias[:, None]
    return outputs


def _random_weights(generator: np.random.Generator, n_metrics: int, hidden: int) -> Floats:
    inner = generator.uniform(-1, 1, (n_metrics + 1) * hidden) / np.sqrt(n_metrics)
    outer = generator.uniform(-1, 1, hidden + 1) / np.sqrt(hidden)
    return np.concatenate([inner, outer])


def _scale(metrics: Floats, fold: Training) -> Floats:
    # No weight of a metric that is constant in training is learned, so it must not act elsewhere.
    varies = np.ptp(metrics[fold.rows], axis=0) > 0
    return np.where(varies, scale_by_training(metrics, fold.rows), 0.0)


def _standardise(target: Floats) -> Floats:
    spread = target.std() if np.ptp(target) > 0 else 1.0
    standardised: Floats = (target - target.mean()) / spread
    return standardised


def _stack(arrays: Sequence[Floats]) -> Floats:
    """One array of arrays that differ in their first axis, filled up with zeros."""
    stacked = np.zeros((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]))
    for place, array in zip(stacked, arrays, strict=True):
        place[: len(array)] = array
    return stacked
