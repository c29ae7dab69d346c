"""Which metrics go with the target, one by one, and whether tasks drawn at random would do so."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta, false_discovery_control

from mergeability.analysis.pairs import (
    Floats,
    Mask,
    Names,
    interval_over_tasks,
    metrics_by_pair,
    task_names,
)
from mergeability.naming import stable_seed
from mergeability.prediction.correlation import MINIMUM_POINTS, pearson, spearman

COLUMNS = [
    "target", "merger", "metric", "n_pairs", "n_missing",
    "pearson_r", "pearson_r_low", "pearson_r_high",
    "spearman_r", "spearman_r_low", "spearman_r_high",
    "p_naive", "p_tasks", "p_familywise", "q_value", "significant",
]  # fmt: skip
SIGNIFICANCE = 0.05
_CHUNK = 200  # permutations at a time, which bounds the memory
_TIE = 1e-9  # correlations closer than this are equal but for rounding
_CONSTANT = 1e-12


def correlate_metrics(
    table: pd.DataFrame, target: str, metrics: Sequence[str], permutations: int, seed: int
) -> pd.DataFrame:
    """The correlation of every metric with a merger's target: one row each, sorted.

    Columns `COLUMNS`. Each metric uses the `n_pairs` pairs that have both it and the target
    (pairwise deletion, as published); `n_missing` are the other pairs of the table.

    - `pearson_r`, `spearman_r` in [-1, 1], with 95 % intervals by jackknife over tasks.
    - `p_naive`: two-sided t test, which takes pairs for independent. They are not, as pairs share
      tasks: it is too small wherever both sides have task effects.
    - `p_tasks`: two-sided permutation test that gives the tasks of the target matrix new labels,
      rows and columns alike (Mantel's test, also called QAP):

          p = (1 + number of permutations with |r_permuted| >= |r|) / (1 + permutations)

      It tests whether the metric knows anything of the target, single tasks included.
    - `p_familywise`: the same with the largest |r| over all metrics and mergers of the table in
      place of |r_permuted|: the chance that any of them gets this far (Westfall and Young, 1993).
      Never below `p_tasks`.
    - `q_value`: Benjamini and Hochberg's false discovery rate of `p_tasks` over the whole table.
    - `significant`: `p_familywise` < 0.05.

    All metrics and mergers meet the same permutations, drawn from `target` and `seed`. A missing
    cell moves with its matrix. NaN where r is undefined (see `prediction.correlation`); undefined
    correlations of a permutation count as 0. Raises `ValueError` where metrics are none or absent
    or a pair is repeated.

    Source: arXiv 2601.22285, Table 5 (`pearson_r` on normalized accuracy; no tests there).
    """
    if table.duplicated(["pair", "merger"]).any():
        raise ValueError("a pair occurs more than once for one merger")
    by_pair = metrics_by_pair(table, metrics)
    tasks = task_names(by_pair)
    x = by_pair[sorted(metrics)].to_numpy(dtype=np.float64).T
    targets = table.pivot_table(target, "pair", "merger", dropna=False)
    y = targets.loc[by_pair.index].to_numpy(dtype=np.float64).T
    p_tasks, p_familywise = _permutation_tests(
        tasks, x, y, permutations, stable_seed("correlate_metrics", target, seed)
    )
    rows = [
        {"target": target, "merger": merger, "metric": metric}
        | _describe(tasks, x[k], y[m])
        | {"p_tasks": p_tasks[k, m], "p_familywise": p_familywise[k, m]}
        for m, merger in enumerate(targets.columns)
        for k, metric in enumerate(sorted(metrics))
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    undefined = frame["pearson_r"].isna()
    frame.loc[undefined, ["p_tasks", "p_familywise"]] = np.nan
    frame["q_value"] = np.nan
    frame.loc[~undefined, "q_value"] = false_discovery_control(frame.loc[~undefined, "p_tasks"])
    return frame.assign(significant=frame["p_familywise"] < SIGNIFICANCE)


def _describe(tasks: Names, x: Floats, y: Floats) -> dict[str, float]:
    """Counts, both correlations with intervals, and the naive p of a metric and a target."""
    present = np.isfinite(x) & np.isfinite(y)
    x, y = x[present], y[present]

    def both(kept: Mask) -> Floats:
        return np.array([pearson(x[kept], y[kept]), spearman(x[kept], y[kept])])

    estimate, low, high = interval_over_tasks(tasks[present], both)
    row: dict[str, float] = {"n_pairs": len(x), "n_missing": len(present) - len(x)}
    for i, name in enumerate(["pearson_r", "spearman_r"]):
        row |= {name: estimate[i], f"{name}_low": low[i], f"{name}_high": high[i]}
    return row | {"p_naive": _naive_p(float(estimate[0]), len(x))}


def _naive_p(r: float, n: int) -> float:
    """Two-sided p of r for n independent pairs of normal numbers: the t test, without its poles."""
    if n < MINIMUM_POINTS:
        return float("nan")
    return float(2 * beta.cdf((1 - abs(r)) / 2, n / 2 - 1, n / 2 - 1))


def _permutation_tests(
    tasks: Names, x: Floats, y: Floats, permutations: int, seed: int
) -> tuple[Floats, Floats]:
    """`p_tasks` and `p_familywise`, each (metrics, mergers).

    `x` (metrics, pairs) and `y` (mergers, pairs) have NaN where a cell is missing.
    """
    names, index = np.unique(tasks, return_inverse=True)
    index = index.reshape(tasks.shape)
    matrices = np.full((len(y), len(names), len(names)), np.nan)
    matrices[:, index[:, 0], index[:, 1]] = matrices[:, index[:, 1], index[:, 0]] = y
    x, matrices = _standardize(x), _standardize(matrices)
    observed = np.stack([_strength(x, _relabel(m, index, None))[:, 0] for m in matrices], axis=1)
    reached = (observed - _TIE)[:, :, None]
    single = np.ones(observed.shape)
    family = np.ones(observed.shape)
    for orders in _draw(len(names), permutations, seed):
        strength = np.stack([_strength(x, _relabel(m, index, orders)) for m in matrices], axis=1)
        single += (strength >= reached).sum(axis=2)
        family += (strength.max(axis=(0, 1)) >= reached).sum(axis=2)
    return single / (1 + permutations), family / (1 + permutations)


def _draw(n: int, permutations: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Random orders of n tasks, some at a time: (up to `_CHUNK`, n)."""
    generator = np.random.default_rng(seed)
    for start in range(0, permutations, _CHUNK):
        rows = min(_CHUNK, permutations - start)
        yield generator.permuted(np.tile(np.arange(n), (rows, 1)), axis=1)


def _relabel(matrix: Floats, index: NDArray[np.intp], orders: NDArray[np.intp] | None) -> Floats:
    """The cells of the pairs `index` (pairs, 2) of a reordered matrix: (orders, pairs)."""
    if orders is None:
        orders = np.arange(len(matrix))[None]
    return matrix[orders[:, index[:, 0]], orders[:, index[:, 1]]]


def _standardize(values: Floats) -> Floats:
    """Rows (all axes but the first) with mean 0 and deviation 1, so that sums lose no digits."""
    flat = values.reshape(len(values), -1)
    present = np.isfinite(flat)
    count = np.maximum(present.sum(axis=1, keepdims=True), 1)
    centred = flat - np.where(present, flat, 0.0).sum(axis=1, keepdims=True) / count
    spread = np.sqrt((np.where(present, centred, 0.0) ** 2).sum(axis=1, keepdims=True) / count)
    return (centred / np.where(spread > 0, spread, 1.0)).reshape(values.shape)


def _strength(x: Floats, y: Floats) -> Floats:
    """|r| of the rows of x with those of y over the cells both have; 0 where undefined."""
    has_x, has_y = np.isfinite(x).astype(np.float64), np.isfinite(y).astype(np.float64)
    x, y = np.where(has_x > 0, x, 0.0), np.where(has_y > 0, y, 0.0)
    count = has_x @ has_y.T
    n = np.maximum(count, 1.0)
    sum_x, sum_y = x @ has_y.T, has_x @ y.T
    variance_x = x**2 @ has_y.T - sum_x**2 / n
    variance_y = has_x @ (y**2).T - sum_y**2 / n
    covariance = x @ y.T - sum_x * sum_y / n
    defined = (
        (count >= MINIMUM_POINTS) & (variance_x > _CONSTANT * n) & (variance_y > _CONSTANT * n)
    )
    scale = np.sqrt(np.where(defined, variance_x * variance_y, 1.0))
    return np.where(defined, np.abs(covariance) / scale, 0.0)
