"""How many different things the metrics measure."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from mergeability.analysis.pairs import Floats, metrics_by_pair
from mergeability.prediction.correlation import pearson, spearman

COLUMNS = ["metric_a", "metric_b", "n_pairs", "pearson_r", "spearman_r"]


def correlate_metric_pairs(table: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """The correlation of every two metrics over the pairs that have both, each pair once.

    Columns `COLUMNS`, sorted, `metric_a` < `metric_b`; correlations in [-1, 1], NaN where
    undefined (see `prediction.correlation`). Mergers play no part. Raises `ValueError` where
    metrics are none or absent.
    """
    values = metrics_by_pair(table, metrics)[sorted(metrics)].astype(np.float64)
    rows = []
    for metric_a, metric_b in combinations(values.columns, 2):
        both = values[[metric_a, metric_b]].dropna().to_numpy()
        a, b = both[:, 0], both[:, 1]
        rows.append((metric_a, metric_b, len(both), pearson(a, b), spearman(a, b)))
    return pd.DataFrame(rows, columns=COLUMNS)


def group_metrics(redundancy: pd.DataFrame, threshold: float = 0.9) -> pd.DataFrame:
    """Groups of metrics that order the pairs alike, from the frame of `correlate_metric_pairs`.

    Columns `metric`, `group` (from 1, the largest first, then by name), `size`, `representative`
    (the metric of largest mean |Spearman| with its group), sorted by group and metric.

    Hierarchical clustering of the distance 1 - |Spearman|, cut at 1 - `threshold`. Complete
    linkage, because it is the one with a guarantee: any two metrics of a group have
    |Spearman| >= threshold, while average and single linkage chain metrics that hardly correlate.
    An undefined correlation counts as 0.
    """
    strength = _square(redundancy, "spearman_r").abs()
    metrics = strength.index.tolist()
    distance = np.maximum(1 - strength.to_numpy(), 0.0)
    tree = linkage(squareform(distance, checks=False), method="complete")
    # Rounding must not part metrics that lie exactly at the threshold.
    labels = fcluster(tree, 1 - threshold + 1e-9, criterion="distance")
    groups = [
        [metric for metric, label in zip(metrics, labels, strict=True) if label == this]
        for this in np.unique(labels)
    ]
    rows = []
    for number, group in enumerate(sorted(groups, key=lambda g: (-len(g), g)), start=1):
        # Rounded, so that among equals the first name wins and not the last digit.
        centrality = strength.loc[group, group].mean().round(9)
        representative = centrality.idxmax()
        rows += [(metric, number, len(group), representative) for metric in group]
    return pd.DataFrame(rows, columns=["metric", "group", "size", "representative"])


def effective_number(redundancy: pd.DataFrame) -> float:
    """Effective number of independent metrics: between 1 (all alike) and their number.

    The participation ratio (sum l)^2 / sum l^2 of the eigenvalues l of the matrix of Pearson
    correlations, from the frame of `correlate_metric_pairs`. The sums are the trace and the sum
    of squares of the matrix, so it equals k^2 / sum r_ij^2 for k metrics. Metrics without any
    defined correlation (constant ones) do not count.
    """
    correlations: Floats = _square(redundancy.dropna(subset=["pearson_r"]), "pearson_r").to_numpy()
    return float(len(correlations) ** 2 / (correlations**2).sum())


def _square(redundancy: pd.DataFrame, column: str) -> pd.DataFrame:
    """The symmetric matrix of one column, with ones on the diagonal, undefined as 0."""
    metrics = sorted({*redundancy["metric_a"], *redundancy["metric_b"]})
    upper = redundancy.pivot_table(column, "metric_a", "metric_b")
    upper = upper.reindex(index=metrics, columns=metrics).fillna(0.0)
    return upper + upper.T + np.eye(len(metrics))
