"""No analysis depends on the order of rows or on which task of a pair comes first."""

import numpy as np
import pandas as pd
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.analysis.audit import audit_metrics
from mergeability.analysis.correlations import correlate_metrics
from mergeability.analysis.recipes import compare_recipes
from mergeability.analysis.redundancy import (
    correlate_metric_pairs,
    effective_number,
    group_metrics,
)
from mergeability.analysis.variance import decompose_variance, task_effects

pytestmark = pytest.mark.filterwarnings("error")

TARGET = "normalized_accuracy"
ANALYSES = {
    "audit": audit_metrics,
    "correlations": lambda table: correlate_metrics(table, TARGET, METRICS, 99, 0),
    "redundancy": lambda table: correlate_metric_pairs(table, METRICS),
    "groups": lambda table: group_metrics(correlate_metric_pairs(table, METRICS), 0.2),
    "effective": lambda table: pd.DataFrame(
        {"number": [effective_number(correlate_metric_pairs(table, METRICS))]}
    ),
    "variance": lambda table: decompose_variance(table, ["accuracy", TARGET]),
    "effects": lambda table: task_effects(table, TARGET, "one"),
    "recipes": lambda table: compare_recipes(
        {"a": make_pairs_table(6, ("one", "two"), seed=9), "b": table}, "a", TARGET
    ),
}


def rearrange(table, seed):
    """The same measurements, rows shuffled and tasks of random rows exchanged."""
    generator = np.random.default_rng(seed)
    shuffled = table.iloc[generator.permutation(len(table))].reset_index(drop=True)
    swapped = generator.random(len(table)) < 0.5
    for start in ("task", "accuracy_single", "accuracy_merged"):
        columns = [f"{start}_a", f"{start}_b"]
        shuffled.loc[swapped, columns] = shuffled.loc[swapped, columns[::-1]].to_numpy()
    return shuffled


@pytest.fixture
def table():
    whole = make_pairs_table(6, ("one", "two"), seed=1)
    whole.loc[whole["pair"] == whole["pair"].iloc[4], "metric_c"] = np.nan
    whole.loc[3, ["accuracy", TARGET]] = np.nan
    return whole


@pytest.mark.parametrize("name", ANALYSES)
def test_rows_and_tasks_may_come_in_any_order(table, name):
    expected = ANALYSES[name](table)
    for seed in range(3):
        pd.testing.assert_frame_equal(
            ANALYSES[name](rearrange(table, seed)), expected, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("name", ANALYSES)
def test_the_table_stays_as_it_is(table, name):
    before = table.copy()
    ANALYSES[name](table)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("name", ["correlations", "redundancy", "groups"])
def test_metrics_may_come_in_any_order(table, name, monkeypatch):
    expected = ANALYSES[name](table)
    monkeypatch.setattr(f"{__name__}.METRICS", METRICS[::-1])
    pd.testing.assert_frame_equal(ANALYSES[name](table), expected)


@pytest.mark.parametrize("name", ["correlations", "redundancy"])
@pytest.mark.parametrize(
    ("metrics", "message"), [([], "no metrics"), (["absent", "metric_a"], r"\['absent'\]")]
)
def test_metrics_must_be_there(table, name, metrics, message, monkeypatch):
    monkeypatch.setattr(f"{__name__}.METRICS", metrics)
    with pytest.raises(ValueError, match=message):
        ANALYSES[name](table)
