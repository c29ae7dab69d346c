"""Metrics that measure the same thing are found, grouped and counted once."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthetic import METRICS, make_pairs_table

from mergeability.analysis.redundancy import (
    correlate_metric_pairs,
    effective_number,
    group_metrics,
)

pytestmark = pytest.mark.filterwarnings("error")


def make_redundancy(spearman, pearson=None):
    """The frame of `correlate_metric_pairs` from `{(metric, metric): Spearman}`."""
    rows = [(a, b, 10, (pearson or spearman)[a, b], rho) for (a, b), rho in spearman.items()]
    return pd.DataFrame(
        rows, columns=["metric_a", "metric_b", "n_pairs", "pearson_r", "spearman_r"]
    )


def test_every_two_metrics_are_correlated_over_pairs_not_mergers():
    table = make_pairs_table(6, ("one", "two", "three"))
    table.loc[table["pair"] == "task00__task01", "metric_a"] = np.nan
    frame = correlate_metric_pairs(table, METRICS)
    assert len(frame) == len(METRICS) * (len(METRICS) - 1) / 2
    assert (frame["metric_a"] < frame["metric_b"]).all()
    pairs = table.drop_duplicates("pair")
    for row in frame.itertuples():
        both = pairs[[row.metric_a, row.metric_b]].dropna()
        assert row.n_pairs == len(both) == (14 if "metric_a" in both else 15)
        assert row.pearson_r == pytest.approx(stats.pearsonr(*both.to_numpy().T).statistic)
        assert row.spearman_r == pytest.approx(stats.spearmanr(*both.to_numpy().T).statistic)


def test_functions_of_a_metric_join_its_group():
    table = make_pairs_table(8).assign(
        mirror=lambda rows: 2 - rows["metric_c"], cube=lambda rows: rows["metric_c"] ** 3
    )
    groups = group_metrics(correlate_metric_pairs(table, [*METRICS, "mirror", "cube"]), 0.9)
    together = groups[groups["group"] == 1]
    assert together["metric"].tolist() == ["cube", "metric_c", "mirror"]
    assert together["size"].eq(3).all()
    assert together["representative"].eq("cube").all()
    assert groups.loc[groups["group"] > 1, "size"].eq(1).all()
    assert groups["group"].tolist() == [1, 1, 1, 2, 3, 4, 5, 6]


def test_any_two_metrics_of_a_group_are_alike():
    """A chain a - b - c whose ends are unlike: complete linkage parts them."""
    chain = make_redundancy({("a", "b"): 0.95, ("a", "c"): 0.8, ("b", "c"): -0.94})
    assert group_metrics(chain, 0.9)["group"].tolist() == [1, 1, 2]
    assert group_metrics(chain, 0.8)["group"].tolist() == [1, 1, 1]
    assert group_metrics(chain, 0.8)["representative"].tolist() == ["b"] * 3
    assert group_metrics(chain, 0.96)["group"].tolist() == [1, 2, 3]


def test_undefined_correlations_join_nothing():
    frame = make_redundancy({("a", "b"): 1.0, ("a", "c"): np.nan, ("b", "c"): np.nan})
    assert group_metrics(frame)["group"].tolist() == [1, 1, 2]
    assert effective_number(frame) == pytest.approx(1)


def test_effective_number():
    """1 for copies, all for uncorrelated metrics, and the eigenvalues' ratio in between."""
    names = [("a", "b"), ("a", "c"), ("b", "c")]
    assert effective_number(make_redundancy(dict.fromkeys(names, -1.0))) == pytest.approx(1)
    assert effective_number(make_redundancy(dict.fromkeys(names, 0.0))) == pytest.approx(3)
    table = make_pairs_table(7).assign(sum=lambda rows: rows["metric_a"] + rows["metric_b"])
    metrics = [*METRICS, "sum"]
    values = np.linalg.eigvalsh(table[metrics].corr().to_numpy())
    expected = values.sum() ** 2 / (values**2).sum()
    assert effective_number(correlate_metric_pairs(table, metrics)) == pytest.approx(expected)
