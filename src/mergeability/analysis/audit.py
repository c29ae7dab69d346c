"""Can these metrics be right? Checks that need nothing but the pairs table."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import TARGETS, metric_columns, metrics_by_pair
from mergeability.analysis.redundancy import correlate_metric_pairs
from mergeability.analysis.vector_consistency import TOLERANCE, Vectors, read_vectors

COLUMNS = ["check", "subject", "n_pairs", "value", "limit", "passed", "meaning"]
# By the end of a metric's name: smallest and largest value.
RANGES = {
    "_cosine_similarity": (-1.0, 1.0),
    "_l2_distance": (0.0, np.inf),
    "_magnitude_ratio": (0.0, 1.0),
    "weight_space_angle": (0.0, 180.0),
}
MEANINGS = {
    "missing_targets": "pairs whose merge has no accuracy: a failed run",
    "pairs_without_metrics": "pairs that have no metric at all",
    "complete_pairs": "pairs that have every metric: what predictors can use",
    "missing_cells": "pairs without a value: a failed run, or vectors of length zero",
    "minimum": "smallest value; below the limit, the metric cannot be what its name says",
    "maximum": "largest value; above the limit, the metric cannot be what its name says",
    "zero_variance": "number of different values; with one, the metric tells pairs nothing",
    "impossible_pairs": "share of pairs with a distance, cosine and product of no two vectors",
    "norms_residual": "error of distance^2 + 2 product = |a|^2 + |b|^2 with one norm per task",
    "norms_r_squared": "share of the variance of distance^2 + 2 product that the norms explain",
    "identity_correlation": "of product with cosine |a| |b|: 1 if both are of the same vectors",
    "smallest_squared_norm": "implied by distance and product; no vector has a negative square",
    "contradicting_pairs": "share of pairs whose distance, cosine and product do not agree",
    "consistent": "share of pairs that agree: all, if each task has one vector for all its pairs",
    "duplicate": "|Spearman| of metrics that order all pairs alike: one of them is redundant",
}
_ROUNDING = 1e-6
_SAME_ORDER = 1 - 1e-9

Row = tuple[str, str, int, float, float, bool | None]


def audit_metrics(table: pd.DataFrame) -> pd.DataFrame:
    """One row per check and subject (a metric, a merger, a group of metrics), in fixed order.

    Columns `COLUMNS`: `value` against `limit` decides `passed`; both are missing where a check
    only informs. `meaning` says in words what `value` is. Checks of metrics that the table lacks
    are left out. Metrics do not depend on the merger: every pair counts once.

    The strictest checks ask whether L2 distance, cosine and dot product can belong to the same
    vectors, one per task (see `vectors`, tolerance 1 %). `consistent` is the verdict on a group:
    no contradicting pair and no negative square. Where the pairs do not determine the norms, it is
    given only if a pair is impossible by itself.

    The published gradient metrics fail, as each was taken with another random head; the published
    task vector and activation metrics pass.
    """
    rows = [*_targets(table)]
    if metrics := metric_columns(table):
        by_pair = metrics_by_pair(table, metrics)
        rows += [*_missing(by_pair, metrics), *_ranges(by_pair, metrics)]
        for group, vectors in read_vectors(by_pair):
            rows += _consistency(group, vectors)
        rows += _duplicates(table, metrics)
    frame = pd.DataFrame(rows, columns=COLUMNS[:-1]).astype({"passed": "boolean"})
    return frame.assign(meaning=frame["check"].map(MEANINGS))


def _targets(table: pd.DataFrame) -> Iterator[Row]:
    for merger, rows in table.groupby("merger"):
        missing = int(rows[TARGETS].isna().any(axis=1).sum())
        yield "missing_targets", str(merger), len(rows), missing, 0.0, missing == 0


def _missing(by_pair: pd.DataFrame, metrics: list[str]) -> Iterator[Row]:
    n, absent = len(by_pair), by_pair[metrics].isna()
    empty = int(absent.all(axis=1).sum())
    yield "pairs_without_metrics", "all metrics", n, empty, 0.0, empty == 0
    yield "complete_pairs", "all metrics", n, int((~absent.any(axis=1)).sum()), np.nan, None
    for metric in metrics:
        count = int(absent[metric].sum())
        yield "missing_cells", metric, n, count, 0.0, count == 0


def _ranges(by_pair: pd.DataFrame, metrics: list[str]) -> Iterator[Row]:
    for metric in metrics:
        values = by_pair[metric].dropna()
        if values.empty:
            continue
        n, different = len(values), values.nunique()
        low, high = float(values.min()), float(values.max())
        for ending, (smallest, largest) in RANGES.items():
            if metric.endswith(ending):
                yield "minimum", metric, n, low, smallest, low >= smallest - _ROUNDING
                if np.isfinite(largest):
                    yield "maximum", metric, n, high, largest, high <= largest + _ROUNDING
        yield "zero_variance", metric, n, different, 1.0, different > 1


def _consistency(group: str, vectors: Vectors) -> Iterator[Row]:
    n = len(vectors.squares)
    impossible = float(vectors.impossible.mean())
    yield "impossible_pairs", group, n, impossible, 0.0, impossible == 0
    if not vectors.determined:
        yield "consistent", group, n, 1 - impossible, 1.0, False if impossible else None
        return
    residual, smallest = vectors.residual, float(vectors.terms.terms.min())
    contradicting = float(vectors.contradicting.mean())
    yield "norms_residual", group, n, residual, TOLERANCE, residual <= TOLERANCE
    yield "norms_r_squared", group, n, vectors.r_squared, np.nan, None
    yield "identity_correlation", group, n, vectors.identity_correlation, np.nan, None
    yield "smallest_squared_norm", group, n, smallest, 0.0, smallest > 0
    yield "contradicting_pairs", group, n, contradicting, 0.0, contradicting == 0
    yield "consistent", group, n, 1 - contradicting, 1.0, contradicting == 0 and smallest > 0


def _duplicates(table: pd.DataFrame, metrics: list[str]) -> Iterator[Row]:
    pairs = correlate_metric_pairs(table, metrics)
    alike = pairs[pairs["spearman_r"].abs() > _SAME_ORDER]
    strength = alike["spearman_r"].abs().tolist()
    for a, b, n, r in zip(
        alike["metric_a"], alike["metric_b"], alike["n_pairs"], strength, strict=True
    ):
        yield "duplicate", f"{a}, {b}", int(n), r, np.nan, None
