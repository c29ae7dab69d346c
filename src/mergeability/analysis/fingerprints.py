"""Which metrics the predictors of different mergers rest on, and how far they agree.

All functions take rows of the coefficient table (see `prediction.coefficients`) of one predictor,
target and protocol, of one zoo or of several that a column `zoo` tells apart. The mean coefficient
is the mean over folds, of metrics scaled to [-1, 1] by the training pairs. All
raise `ValueError` where a merger has two rows for a metric.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

AGREEMENT_COLUMNS = [
    "zoo", "merger_a", "merger_b", "top_overlap", "sign_agreement", "n_both_nonzero",
]  # fmt: skip
CONTRIBUTION_COLUMNS = ["zoo", "merger", "level", "name", "share"]
STABILITY_COLUMNS = [
    "metric", "n_settings", "n_nonzero", "sign", "same_sign",
    "mean_frequency", "min_frequency", "stable", "core",
]  # fmt: skip


def agreement(coefficients: pd.DataFrame, top: int = 5) -> pd.DataFrame:
    """How alike the coefficients of every two mergers of a zoo are; sorted, `merger_a` first.

    - `top_overlap`: share of the `top` metrics of largest |mean coefficient| that are among the
      `top` of both, in [0, 1]; the name decides between equals, zeros are never among them.
    - `sign_agreement`: share of the `n_both_nonzero` metrics, those with a mean coefficient other
      than zero in both, whose sign is the same; NaN without any.

    Source: arXiv 2601.22285, Tables 6 and 7. Among correlated metrics a sparse fit picks one more
    or less by chance, so low agreement does not show that mergers differ.
    """
    rows = []
    for zoo, table in _by_zoo(coefficients):
        means = table.pivot_table("mean", "metric", "merger").fillna(0.0)
        for merger_a, merger_b in combinations(means.columns, 2):
            a, b = means[merger_a], means[merger_b]
            both = (a != 0) & (b != 0)
            same = np.sign(a[both]) == np.sign(b[both])
            overlap = len(_top(a, top) & _top(b, top)) / min(top, len(means))
            rows.append((zoo, merger_a, merger_b, overlap, same.mean(), int(both.sum())))
    return _frame(rows, AGREEMENT_COLUMNS, coefficients)


def contributions(
    coefficients: pd.DataFrame, families: Mapping[str, Iterable[str]]
) -> pd.DataFrame:
    """The share of every metric and family in the coefficients of a merger, in [0, 1].

        share = |mean coefficient| / sum of |mean coefficient| over all metrics

    and for a family the sum of its metrics' shares. `families` maps names to metrics; one row per
    merger and metric (`level` "metric") or family (`level` "family"), sorted. NaN where all
    coefficients are zero. Source: arXiv 2601.22285, Table 18 and Figure 3.
    """
    rows: list[tuple[object, ...]] = []
    for zoo, table in _by_zoo(coefficients):
        for merger, of_merger in table.groupby("merger"):
            size = of_merger.set_index("metric")["mean"].abs().sort_index()
            share = size / (size.sum() or np.nan)
            rows += [
                (zoo, merger, "family", name, share.reindex(list(members)).sum(min_count=1))
                for name, members in sorted(families.items())
                if share.index.isin(list(members)).any()
            ]
            rows += [(zoo, merger, "metric", name, value) for name, value in share.items()]
    return _frame(rows, CONTRIBUTION_COLUMNS, coefficients)


def stable_metrics(coefficients: pd.DataFrame, threshold: float = 0.8) -> pd.DataFrame:
    """Metrics that matter alike everywhere: one row per metric over all its settings, sorted.

    A setting is a merger of a zoo. Columns `STABILITY_COLUMNS`:

    - `same_sign`: the mean coefficient has one sign in all `n_nonzero` settings where it is not
      zero, at least one; `sign` is that sign (1 or -1), else 0.
    - `mean_frequency`, `min_frequency`: mean and minimum over settings of the selection frequency,
      the share of folds in which the coefficient is not zero, in [0, 1].
    - `stable`: same sign, and not zero in at least half of the settings.
    - `core`: stable, and selected in at least `threshold` of the folds of every setting.

    Source: arXiv 2601.22285, Table 3.
    """
    rows = []
    settings = pd.concat([table for _, table in _by_zoo(coefficients)])
    for metric, of_metric in settings.groupby("metric"):
        signs = np.sign(of_metric["mean"].to_numpy(dtype=np.float64))
        nonzero = int((signs != 0).sum())
        same = nonzero > 0 and abs(int(signs.sum())) == nonzero
        frequency = of_metric["nonzero"]
        stable = same and nonzero >= len(signs) / 2
        rows.append(
            {
                "metric": metric,
                "n_settings": len(signs),
                "n_nonzero": nonzero,
                "sign": int(np.sign(signs.sum())) if same else 0,
                "same_sign": same,
                "mean_frequency": frequency.mean(),
                "min_frequency": frequency.min(),
                "stable": stable,
                "core": stable and bool(frequency.min() >= threshold),
            }
        )
    return pd.DataFrame(rows, columns=STABILITY_COLUMNS)


def _by_zoo(coefficients: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    named = coefficients if "zoo" in coefficients else coefficients.assign(zoo="")
    if named.duplicated(["zoo", "merger", "metric"]).any():
        raise ValueError(
            "a merger has several coefficients for one metric: choose one predictor, one target "
            "and one protocol"
        )
    return [(str(zoo), table) for zoo, table in named.groupby("zoo")]


def _top(means: pd.Series, top: int) -> set[str]:
    """The metrics of largest size, at most `top`."""
    size = means[means != 0].abs().sort_index()
    return set(size.sort_values(ascending=False, kind="stable").index[:top])


def _frame(
    rows: Sequence[tuple[object, ...]], columns: list[str], source: pd.DataFrame
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    return frame if "zoo" in source else frame.drop(columns="zoo")
