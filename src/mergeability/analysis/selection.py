"""Greedy selection of metrics: how few are enough, and which."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mergeability.prediction.correlation import Floats, pearson
from mergeability.prediction.problem import Mask, build_pairs, usable_rows
from mergeability.prediction.protocols import loto
from mergeability.prediction.scaling import scale_by_training

THRESHOLDS = {"forward": 0.01, "backward": 0.001}
COLUMNS = [
    "target", "direction", "merger", "held_out", "n_metrics", "metric", "train_r", "validation_r",
    "selected",
]  # fmt: skip
_NOTHING_LEFT = 1e-10
_STABILISER = 1e-10


def select_metrics(
    tables: Mapping[str, pd.DataFrame],
    *,
    target: str,
    metrics: Sequence[str],
    only: Collection[str] | None,
) -> pd.DataFrame:
    """Forward and backward paths through the metrics in every LOTO fold; columns `COLUMNS`.

    A row is the least-squares predictor with the `n_metrics` metrics of that step of the path:
    forward, `metric` was added last, because it raises r on the training pairs most; backward,
    `metric` is the next to be removed, because that lowers r least. `selected` marks metrics of
    the set where the published rule stops: forward, when the best gain of training r is below
    0.01; backward, when the least loss is above 0.001. Held-out pairs play no part in either.

    Forward paths end where no metric has anything left to add, backward paths start from the
    metrics that are linearly independent on the training pairs.
    """
    rows = [
        {"target": target, "direction": direction, "merger": merger, **row}
        for merger, table in sorted(tables.items())
        for direction, row in _paths(table, target, sorted(metrics), only)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def selection_outcome(rows: pd.DataFrame) -> pd.DataFrame:
    """Where the published rule stops: means over folds, by target, direction and merger.

    `n_metrics`, and `train_r` and `validation_r` of the predictor with that many.
    """
    keys = ["target", "direction", "merger"]
    stopped = rows[rows["selected"]].sort_values("n_metrics").groupby([*keys, "held_out"]).last()
    means = stopped.groupby(keys)[["n_metrics", "train_r", "validation_r"]].mean()
    return means.reset_index()


def forward_path(x: Floats, y: Floats) -> list[int]:
    """Columns of x in the order in which each raises the multiple correlation with y most.

    Gram-Schmidt: candidates and y are freed of what was chosen, and the candidate most correlated
    with what is left of y is next.
    """
    rest, left = x - x.mean(axis=0), y - y.mean()
    size, amount = np.linalg.norm(rest, axis=0), float(np.linalg.norm(left))
    chosen: list[int] = []
    while True:
        norms = np.linalg.norm(rest, axis=0)
        open_ = norms > _NOTHING_LEFT * np.maximum(size, _NOTHING_LEFT)
        open_[chosen] = False
        if not open_.any() or np.linalg.norm(left) <= _NOTHING_LEFT * amount:
            return chosen
        gains = np.where(open_, np.abs(left @ rest) / np.where(open_, norms, 1.0), -1.0)
        best = int(np.argmax(gains))
        direction = rest[:, best] / norms[best]
        rest = rest - np.outer(direction, direction @ rest)
        left = left - direction * (direction @ left)
        chosen.append(best)


def backward_path(x: Floats, y: Floats) -> list[int]:
    """Columns of x in the order in which removing each lowers the multiple correlation least.

    Removing column j from a least-squares fit with coefficients w and inverse Gram matrix P costs
    w_j^2 / P_jj of the explained sum of squares.
    """
    centred, left = x - x.mean(axis=0), y - y.mean()
    kept = forward_path(x, y)
    removed = []
    while kept:
        part = centred[:, kept]
        gram = part.T @ part
        gram[np.diag_indices_from(gram)] *= 1 + _STABILISER
        inverse = np.linalg.inv(gram)
        losses = (inverse @ (part.T @ left)) ** 2 / np.diag(inverse)
        removed.append(kept.pop(int(np.argmin(losses))))
    return removed


def _paths(
    table: pd.DataFrame, target: str, metrics: Sequence[str], only: Collection[str] | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = table[usable_rows(table, target, metrics, only)].sort_values("pair", ignore_index=True)
    pairs, y = build_pairs(rows, metrics), rows[target].to_numpy(dtype=np.float64)
    for fold in loto(pairs.tasks, np.unique(pairs.tasks).tolist()):
        x = scale_by_training(pairs.metrics, fold.train)
        forward = forward_path(x[fold.train], y[fold.train])
        backward = backward_path(x[fold.train], y[fold.train])[::-1]
        for direction, order in (("forward", forward), ("backward", backward)):
            scored = [_score(x, y, fold.train, order[: n + 1]) for n in range(len(order))]
            stop = _stop([train for train, _ in scored], direction)
            for n, (column, (train_r, validation_r)) in enumerate(zip(order, scored, strict=True)):
                yield (
                    direction,
                    {
                        "held_out": fold.name,
                        "n_metrics": n + 1,
                        "metric": metrics[column],
                        "train_r": train_r,
                        "validation_r": validation_r,
                        "selected": n < stop,
                    },
                )


def _score(x: Floats, y: Floats, train: Mask, columns: list[int]) -> tuple[float, float]:
    """Train and validation r of least squares on some columns."""
    part = x[:, columns]
    centred = part[train] - part[train].mean(axis=0)
    weights = np.linalg.lstsq(centred, y[train] - y[train].mean(), rcond=None)[0]
    scores = part @ weights
    return pearson(scores[train], y[train]), pearson(scores[~train], y[~train])


def _stop(train_r: Sequence[float], direction: str) -> int:
    """How many metrics of a path the published rule keeps; `train_r` after 1, 2, ... of them."""
    gains = np.diff([0.0, *train_r])
    threshold = THRESHOLDS[direction]
    if direction == "forward":
        small = np.flatnonzero(gains < threshold)
        return int(small[0]) if len(small) else len(gains)
    large = np.flatnonzero(gains > threshold)
    return int(large[-1]) + 1 if len(large) else 0
