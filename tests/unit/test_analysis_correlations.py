"""Correlations of metrics with targets, and tests that respect that pairs share tasks."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthetic import METRICS, make_pairs_table

from mergeability.analysis.correlations import COLUMNS, correlate_metrics
from mergeability.naming import all_pairs, split_pair, stable_seed

pytestmark = pytest.mark.filterwarnings("error")

TARGET = "normalized_accuracy"


def make_structured_table(n_tasks, n_metrics, seed):
    """Metrics and target with strong task effects of their own, and nothing in common."""
    generator = np.random.default_rng(seed)
    pairs = all_pairs([f"t{i:02d}" for i in range(n_tasks)])
    tasks = np.array([split_pair(pair) for pair in pairs])
    index = np.searchsorted(np.unique(tasks), tasks)

    def draw():
        return generator.normal(size=n_tasks)[index].sum(axis=1) + 0.5 * generator.normal(
            size=len(pairs)
        )

    frame = pd.DataFrame({f"m{k:03d}": draw() for k in range(n_metrics)})
    return frame.assign(
        pair=pairs, task_a=tasks[:, 0], task_b=tasks[:, 1], merger="one", accuracy=draw()
    )


def test_correlations_agree_with_scipy():
    table = make_pairs_table(7, ("one", "two"))
    frame = correlate_metrics(table, TARGET, METRICS, 19, 0)
    assert list(frame.columns) == COLUMNS
    assert list(zip(frame["merger"], frame["metric"], strict=True)) == [
        (merger, metric) for merger in ("one", "two") for metric in METRICS
    ]
    for row in frame.itertuples():
        rows = table[table["merger"] == row.merger]
        expected = stats.pearsonr(rows[row.metric], rows[TARGET])
        assert row.pearson_r == pytest.approx(expected.statistic)
        assert row.p_naive == pytest.approx(expected.pvalue)
        rho = stats.spearmanr(rows[row.metric], rows[TARGET]).statistic
        assert row.spearman_r == pytest.approx(rho)
        assert row.pearson_r_low <= row.pearson_r <= row.pearson_r_high
        assert row.spearman_r_low <= row.spearman_r <= row.spearman_r_high


def test_p_values_agree_with_a_loop():
    """The definition, pair by pair, with missing cells on both sides."""
    table = make_pairs_table(5, ("one", "two"), seed=3)
    table.loc[table["pair"] == "task00__task02", "metric_b"] = np.nan
    table.loc[5, TARGET] = np.nan
    metrics = ["metric_a", "metric_b", "metric_c"]
    frame = correlate_metrics(table, TARGET, metrics, 150, 0)
    generator = np.random.default_rng(stable_seed("correlate_metrics", TARGET, 0))
    orders = generator.permuted(np.tile(np.arange(5), (150, 1)), axis=1)

    def square(rows, column):
        matrix = np.full((5, 5), np.nan)
        for row in rows.to_dict("records"):
            a, b = int(row["task_a"][-2:]), int(row["task_b"][-2:])
            matrix[a, b] = matrix[b, a] = row[column]
        return matrix

    upper = np.triu_indices(5, 1)
    observed, permuted = [], []
    for merger in ("one", "two"):
        rows = table[table["merger"] == merger]
        target = square(rows, TARGET)
        for metric in metrics:
            x = square(rows, metric)[upper]
            values = []
            for order in [np.arange(5), *orders]:
                y = target[np.ix_(order, order)][upper]
                both = np.isfinite(x) & np.isfinite(y)
                values.append(abs(stats.pearsonr(x[both], y[both]).statistic))
            observed.append(values[0])
            permuted.append(values[1:])
    observed, permuted = np.array(observed)[:, None], np.array(permuted)
    single = (1 + (permuted >= observed - 1e-9).sum(axis=1)) / 151
    family = (1 + (permuted.max(axis=0) >= observed - 1e-9).sum(axis=1)) / 151
    assert frame["p_tasks"].to_numpy() == pytest.approx(single)
    assert frame["p_familywise"].to_numpy() == pytest.approx(family)
    assert frame["n_pairs"].tolist() == [10, 9, 10, 9, 8, 9]
    assert frame["n_missing"].tolist() == [0, 1, 0, 1, 2, 1]


def test_under_the_null_p_tasks_is_uniform_and_p_naive_is_not():
    table = make_structured_table(10, 300, seed=0)
    frame = correlate_metrics(table, "accuracy", list(table.filter(like="m0")), 199, 0)
    assert stats.kstest(frame["p_tasks"], "uniform").pvalue > 0.01
    assert (frame["p_naive"] < 0.05).mean() > 0.2
    assert not frame["significant"].any()


def test_the_family_error_is_kept():
    """Of 60 tables without any signal, about one in twenty has a significant metric."""
    found = 0
    for seed in range(60):
        table = make_structured_table(6, 5, seed)
        metrics = list(table.filter(like="m0"))
        found += correlate_metrics(table, "accuracy", metrics, 199, seed)["significant"].any()
    assert found <= 8


def test_a_planted_signal_is_found():
    frame = correlate_metrics(make_pairs_table(9), TARGET, METRICS, 999, 0).set_index("metric")
    assert frame.loc["metric_a", "p_tasks"] == pytest.approx(1 / 1000)
    assert frame.loc["metric_a", "significant"]
    assert frame.loc["metric_a", "q_value"] < 0.01
    assert not frame.loc["metric_e", "significant"]


@pytest.mark.parametrize("seed", range(5))
def test_family_and_rate_are_stricter_than_single_tests(seed):
    table = make_pairs_table(6, ("one", "two"), seed=seed)
    frame = correlate_metrics(table, TARGET, METRICS, 99, seed)
    assert (frame["p_familywise"] >= frame["p_tasks"]).all()
    assert (frame["q_value"] >= frame["p_tasks"] - 1e-12).all()
    assert frame["p_tasks"].between(1 / 100, 1).all()
    assert (frame["significant"] == (frame["p_familywise"] < 0.05)).all()


def test_the_seed_decides_alone():
    table = make_pairs_table(6)
    first = correlate_metrics(table, TARGET, METRICS, 99, 0)
    pd.testing.assert_frame_equal(correlate_metrics(table, TARGET, METRICS, 99, 0), first)
    other = correlate_metrics(table, TARGET, METRICS, 99, 1)
    assert (other["p_tasks"] != first["p_tasks"]).any()
    assert (other["pearson_r"] == first["pearson_r"]).all()


def test_functions_of_one_metric_share_their_p_values():
    table = make_pairs_table(6).assign(score=lambda rows: 2 - 3 * rows["metric_c"])
    frame = correlate_metrics(table, TARGET, ["metric_c", "score"], 299, 0)
    assert frame["p_tasks"].iloc[0] == frame["p_tasks"].iloc[1]
    assert frame["p_familywise"].tolist() == frame["p_tasks"].tolist()


def test_undefined_correlations_stay_out():
    table = make_pairs_table(5, ("one", "two")).assign(constant=3.0, empty=np.nan)
    table.loc[table["merger"] == "two", TARGET] = np.nan
    frame = correlate_metrics(table, TARGET, ["constant", "empty", "metric_a"], 99, 0)
    undefined = frame[(frame["metric"] != "metric_a") | (frame["merger"] == "two")]
    columns = ["pearson_r", "spearman_r", "p_naive", "p_tasks", "p_familywise", "q_value"]
    assert undefined[columns].isna().all(axis=None)
    assert not undefined["significant"].any()
    defined = frame.drop(undefined.index)
    assert defined["q_value"].tolist() == defined["p_tasks"].tolist()


def test_pairs_must_not_repeat():
    table = make_pairs_table(4)
    with pytest.raises(ValueError, match="more than once"):
        correlate_metrics(pd.concat([table, table]), TARGET, METRICS, 9, 0)
