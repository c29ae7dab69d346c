"""What merging leaves of each task: how easily it is disturbed, how much its partner disturbs."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import ceil
from typing import Annotated, Any

import numpy as np

from mergeability.prediction.diallel import Grid, Posterior, infer
from mergeability.prediction.problem import CONFIDENCE, Fit, Floats, Mask, Pairs, Training

LOOKS_AT = "directions"
WITHOUT_TRAINING = True

# A value above what the logarithm allows counts as one that is this share of the slack below it.
_CLOSEST = 0.2
_NORMAL = 1.645  # half the width of an interval of 90 % in standard deviations


def fit(
    pairs: Pairs,
    folds: Sequence[Training],
    *,
    slacks: Annotated[tuple[float, ...], 1e-6] = (0.03, 0.1, 0.3),
    effects: Annotated[tuple[float, ...], 1e-9] = (0.0001, 0.1, 0.5, 2.0, 8.0),
    proxies: Annotated[tuple[float, ...], 1e-9] = (0.1, 3.0),
    metrics: Annotated[tuple[float, ...], 1e-9] = (0.0001, 0.003, 0.03),
    shared: Annotated[tuple[float, ...], 0] = (0.0, 0.4),
) -> list[Fit]:
    """A linear model of the logarithm of what each task of a pair loses.

        z(A, B) = log(1 + slack - D(A, B))
                = mu + disturbed(A) + disturbs(B) + p(A, B) + sum_i w_i p_i(A, B) + x_AB . v + noise

    D(A, B) is what merging with B leaves of A, in units of the target. Without proxies the loss is
    thus a product: how easily A is disturbed, times how much B disturbs. p_i is z of the same pair
    in proxy i, p the mean over the proxies that know it, both less their mean over the training
    pairs and 0 where unknown; x_AB are the metrics in standard deviations over the training pairs.
    mu has a flat prior. The other coefficients are normal around 0, with variances in units of that
    of the noise (`effects`, `proxies`, `metrics`); the noise of both directions of a pair
    correlates by `shared`. These are chosen from their grids by the marginal likelihood of the
    training pairs, the slack by the squared error of pairs that are left out in turn. The score is
    the mean of both directions of D.

    Where only the target of a pair is known, it stands for both directions. Without a training pair
    the proxies alone are the score: the mean of D over those that know the pair; with one, they are
    moved to its level.

    `interval` holds CONFIDENCE of the training pairs, each left out in turn: the errors of these
    predictions, in standard deviations of the model, scale its intervals (as in Lei et al., JASA
    113, 2018, with pairs in place of points).

    Sources: effects of both parents of a cross, Griffing, Australian J. Biological Sciences 9,
    1956; marginal likelihood, MacKay, Neural Computation 4, 1992.
    """
    if not pairs.proxies.size:
        pairs = replace(pairs, proxies=np.empty((len(pairs.tasks), 2, 0)))
    names, index = np.unique(pairs.tasks, return_inverse=True)
    index = index.reshape(pairs.tasks.shape)
    choices = np.array(
        list(
            product(
                effects,
                effects,
                proxies if pairs.proxies.size else proxies[:1],
                metrics if pairs.metrics.size else metrics[:1],
                shared,
            )
        )
    )
    return [
        _fit(pairs, fold, names, index, slacks, choices)
        if fold.rows.sum() > 1
        else _proxies_alone(pairs, fold)
        for fold in folds
    ]


def logarithmic_loss(kept: Floats, slack: float) -> Floats:
    """z = log(1 + slack - D), where D is at most 1 + 0.8 slack; NaN stays."""
    loss: Floats = np.log(np.maximum(1 + slack - kept, _CLOSEST * slack))
    return loss


def _proxies_alone(pairs: Pairs, fold: Training) -> Fit:
    """The proxies as they are, the mean of all where none knows a pair; with one training pair, at
    its level."""
    known = np.isfinite(pairs.proxies)
    count = known.sum(axis=(1, 2))
    total = np.where(known, pairs.proxies, 0).sum(axis=(1, 2))
    level = total.sum() / max(count.sum(), 1)
    scores = np.where(count > 0, total / np.maximum(count, 1), level)
    shift = (fold.target - scores[fold.rows]).sum()
    return Fit(scores + shift)


def _fit(
    pairs: Pairs,
    fold: Training,
    names: Any,
    index: Any,
    slacks: Sequence[float],
    choices: Floats,
) -> Fit:
    kept = fold.directions if fold.directions.size else np.repeat(fold.target[:, None], 2, axis=1)
    fixed = _fixed_terms(pairs, fold.rows, index, len(names))
    counts = (len(names), len(names), pairs.proxies.shape[2], pairs.metrics.shape[1])
    precisions = np.repeat(1 / choices[:, :4], counts, axis=1)
    grid = Grid(np.pad(precisions, ((0, 0), (1, 0))), choices[:, 4])
    best: tuple[float, float, Floats, Floats, Posterior] | None = None
    for slack in slacks:
        offset, columns = _proxy_terms(pairs.proxies, fold.rows, slack)
        design = np.concatenate([fixed[0], columns, fixed[1]], axis=2)
        z = logarithmic_loss(kept, slack) - offset[fold.rows]
        posterior = infer(design[fold.rows], z, grid)
        left_out = posterior.leave_one_out(design[fold.rows], z)
        expected, deviation = _in_units(*left_out, offset[fold.rows], slack)
        errors = np.abs(kept.mean(axis=1) - expected)
        if best is None or (errors**2).mean() < best[0]:
            scores, spread = _in_units(*posterior.predict(design), offset, slack)
            reach = spread * _widening(errors / deviation)
            best = float((errors**2).mean()), slack, scores, reach, posterior
    assert best is not None
    _, slack, scores, reach, posterior = best
    n = len(names)
    terms = posterior.mean
    details = {
        "slack": slack,
        **dict(
            zip(
                ("disturbed_variance", "disturbs_variance", "proxy_variance", "metric_variance"),
                choices[posterior.choice, :4].tolist(),
                strict=True,
            )
        ),
        "shared": posterior.shared,
        "noise": posterior.noise,
        "mean": float(terms[0]),
        "disturbed": dict(zip(names.tolist(), terms[1 : n + 1].tolist(), strict=True)),
        "disturbs": dict(zip(names.tolist(), terms[n + 1 : 2 * n + 1].tolist(), strict=True)),
    }
    return Fit(scores, details=details, interval=(scores - reach, scores + reach))


def _fixed_terms(pairs: Pairs, train: Mask, index: Any, n: int) -> tuple[Floats, Floats]:
    """Mean and effects (pairs, 2, 1 + 2 n), and the metrics (pairs, 2, metrics)."""
    disturbed = np.eye(n)[index]  # (pairs, 2, n): what the row is about
    disturbs = disturbed[:, ::-1]
    ones = np.ones((len(index), 2, 1))
    known = pairs.metrics[train]
    spread = known.std(axis=0)
    scaled = (pairs.metrics - known.mean(axis=0)) / np.where(spread > 0, spread, 1)
    both = np.repeat(scaled[:, None, :], 2, axis=1)
    return np.concatenate([ones, disturbed, disturbs], axis=2), both


def _proxy_terms(proxies: Floats, train: Mask, slack: float) -> tuple[Floats, Floats]:
    """The mean over proxies (pairs, 2), and each of them (pairs, 2, proxies); see `fit`."""
    z = logarithmic_loss(proxies, slack)
    known = np.isfinite(z)
    count = known[train].sum(axis=(0, 1))
    level = np.where(known[train], z[train], 0).sum(axis=(0, 1)) / np.maximum(count, 1)
    columns = np.where(known & (count > 0), z - level, 0.0)
    offset = columns.sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    return offset, columns


def _in_units(
    mean: Floats, covariance: Floats, offset: Floats, slack: float
) -> tuple[Floats, Floats]:
    """Score of each pair and its standard deviation, from z of both directions.

    The deviation is that of the tangent to D = 1 + slack - exp(z). D is at least 0: no task loses
    more than all.
    """
    loss = np.exp(np.minimum(mean + offset, np.log(1 + slack)))
    variance = np.einsum("pi,pij,pj->p", loss, covariance, loss) / 4
    return (1 + slack - loss).mean(axis=1), np.sqrt(variance)


def _widening(errors: Floats) -> float:
    """How many standard deviations hold CONFIDENCE of the errors; no fewer than of a normal."""
    rank = min(ceil(CONFIDENCE * (len(errors) + 1)), len(errors))
    return max(float(np.sort(errors)[rank - 1]), _NORMAL)
