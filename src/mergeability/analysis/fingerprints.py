"""Which metrics the predictors of different mergers rest on, and how far they agree.

All functions take rows of a table of coefficients (see `prediction.coefficients`) of one predictor,
target and protocol, of one zoo or of several that a column `zoo` tells apart. The mean coefficient
is the mean over folds, of metrics scaled to [-1, 1] by the training pairs. All
raise `ValueError` where a merger has two coefficients for a metric (and task left out).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from mergeability.prediction.jackknife import jackknife_interval

AGREEMENT_COLUMNS = [
    "zoo", "merger_a", "merger_b", "top_overlap", "sign_agreement", "n_both_nonzero",
]  # fmt: skip
CONTRIBUTION_COLUMNS = ["zoo", "merger", "level", "name", "share"]
STABILITY_COLUMNS = [
    "metric", "n_settings", "n_positive", "n_negative", "same_sign", "share", "low", "high",
    "n_clear_positive", "n_clear_negative", "sign",
    "mean_frequency", "min_frequency", "stable", "core",
]  # fmt: skip
_AMBIGUOUS = (
    "a merger has several coefficients for one metric: choose one predictor, one target and one "
    "protocol"
)


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


def stable_metrics(refits: pd.DataFrame, threshold: float = 0.8) -> pd.DataFrame:
    """Metrics that matter alike everywhere: one row per metric over all its settings, sorted.

    `refits` are rows of `prediction.coefficients.tabulate_refits` of one predictor and target: the
    coefficients when each task is left out. A setting is a merger of a zoo. Columns
    `STABILITY_COLUMNS`:

    - `n_positive`, `n_negative`: settings whose mean coefficient over folds has this sign.
    - `same_sign`: one of these numbers is 0 and the other at least half of `n_settings`. This is
      the published rule; a mean of 1e-4 counts as much as one of 0.1.
    - `share`: mean over settings and folds of the coefficient / sum of |coefficient| over all
      metrics of its fold, in [-1, 1]. The length of the coefficients means nothing for a
      correlation. `low`, `high`: its 95 % interval by jackknife over tasks, left out of all
      settings at once, with the predictors fitted again (see `prediction.jackknife`).
    - `n_clear_positive`, `n_clear_negative`: settings in which the interval of the same share is
      clear of zero.
    - `sign`: 1 or -1 where the interval of `share` is clear of zero, else 0.
    - `mean_frequency`, `min_frequency`: mean and minimum over settings of the selection frequency,
      the share of folds in which the coefficient is not zero, in [0, 1].
    - `stable`: `sign` is not 0, and no setting is clear on the other side.
    - `core`: stable, and selected in at least `threshold` of the folds of every setting.

    Settings that do not know a task keep their mean when it is left out. Source: arXiv 2601.22285,
    Table 3, without intervals.
    """
    named = refits if "zoo" in refits else refits.assign(zoo="")
    if named.duplicated(["zoo", "merger", "metric", "held_out"]).any():
        raise ValueError(_AMBIGUOUS)
    size = named["value"].abs().groupby([named[key] for key in ("zoo", "merger", "held_out")])
    shares = named.assign(value=(named["value"] / size.transform("sum")).fillna(0.0))
    rows = []
    for metric, of_metric in shares.groupby("metric"):
        by_task = of_metric.pivot_table("value", "held_out", ["zoo", "merger"])
        means, frequency = by_task.mean(), (by_task != 0).where(by_task.notna()).mean()
        clear = np.array([_clear_sign(by_task[setting].dropna()) for setting in by_task])
        together = by_task.fillna(means).mean(axis=1)
        low, high = _interval(together)
        sign = _clear_sign(together)
        n_positive, n_negative = int((means > 0).sum()), int((means < 0).sum())
        fewer, more = sorted((n_positive, n_negative))
        stable = sign != 0 and not (clear == -sign).any()
        rows.append(
            {
                "metric": metric,
                "n_settings": len(means),
                "n_positive": n_positive,
                "n_negative": n_negative,
                "same_sign": fewer == 0 and more >= len(means) / 2,
                "share": together.mean(),
                "low": low,
                "high": high,
                "n_clear_positive": int((clear > 0).sum()),
                "n_clear_negative": int((clear < 0).sum()),
                "sign": sign,
                "mean_frequency": frequency.mean(),
                "min_frequency": frequency.min(),
                "stable": stable,
                "core": stable and bool(frequency.min() >= threshold),
            }
        )
    return pd.DataFrame(rows, columns=STABILITY_COLUMNS)


def _interval(by_task: pd.Series) -> tuple[float, float]:
    """The jackknife interval of a coefficient's share from what it is without each task."""
    left_out = by_task.to_numpy(dtype=np.float64)[:, None]
    low, high = jackknife_interval(left_out.mean(axis=0), left_out)
    return float(low[0]), float(high[0])


def _clear_sign(by_task: pd.Series) -> int:
    low, high = _interval(by_task)
    return int(low > 0) - int(high < 0)


def _by_zoo(coefficients: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    named = coefficients if "zoo" in coefficients else coefficients.assign(zoo="")
    if named.duplicated(["zoo", "merger", "metric"]).any():
        raise ValueError(_AMBIGUOUS)
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
