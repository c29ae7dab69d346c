"""On the authors' published measurements, analyses give the published tables and known facts."""

import pandas as pd
import pytest
from published import MERGERS, REGULARIZED, read_pairs_table

from mergeability.analysis.audit import audit_metrics
from mergeability.analysis.correlations import correlate_metrics
from mergeability.analysis.recipes import compare_recipes
from mergeability.analysis.redundancy import correlate_metric_pairs, group_metrics
from mergeability.analysis.variance import decompose_variance
from mergeability.metrics.registry import metric_names

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def table(shared_dir):
    return read_pairs_table(shared_dir / "reference/measurements")


@pytest.fixture(scope="module")
def audit(table):
    return audit_metrics(table).set_index(["check", "subject"])


@pytest.fixture(scope="module")
def correlations(table):
    return correlate_metrics(table, "normalized_accuracy", metric_names(), 999, 0)


def test_table_5(correlations, shared_dir):
    """All 140 correlations, each over the pairs that have the metric and the target."""
    published = pd.read_csv(
        shared_dir / "reference/paper_tables/table05_individual_correlations_vit_b_16.csv",
        index_col="metric",
    )
    assert published.shape == (28, 5)
    found = correlations.pivot_table("pearson_r", "metric", "merger")
    found = found.loc[published.index, published.columns]
    # Half a unit of the last printed digit, and what rounding adds to a tie.
    assert (found - published).abs().max(axis=None) <= 0.0005 + 1e-9


def test_pairs_that_share_tasks_are_not_independent(correlations):
    """A quarter of the published correlations look significant, hardly any is."""
    assert (correlations["p_naive"] < 0.05).sum() > 25
    assert (correlations["p_tasks"] < 0.05).sum() < 12
    assert not correlations["significant"].any()


def test_table_16(table, shared_dir):
    """Means of both zoos, normalized by the baseline's accuracies, to the printed digits."""
    regularized = read_pairs_table(shared_dir / "reference/measurements", REGULARIZED)
    published = pd.read_csv(
        shared_dir / "reference/paper_tables/table16_gradient_magnitude_regularization.csv",
        index_col="merger",
    )
    zoos = {"baseline": table, "regularized": regularized}
    frame = compare_recipes(zoos, "baseline", "normalized_accuracy")
    means = frame.pivot_table("mean", "merger", "zoo")
    for zoo in zoos:
        column = published[f"{zoo}_normalized_accuracy"]
        assert (means.loc[column.index, zoo] - column).abs().max() <= 0.00005 + 1e-9
    compared = frame[frame["zoo"] == "regularized"].set_index("merger")
    assert compared["n_common_pairs"].to_dict() == dict.fromkeys(MERGERS, 190) | {"tsv": 188}
    # With tasks as the unit, no gain is clear of zero.
    assert (compared["difference_low"] < 0).all()


def test_gradient_metrics_contradict_one_another(audit):
    verdict = audit.loc["consistent", "passed"].to_dict()
    assert verdict == {
        "task_vector": True,
        "activation": True,
        "encoder_gradient": False,
        "input_gradient": False,
    }
    correlation = audit.loc["identity_correlation", "value"]
    assert correlation["encoder_gradient"] == pytest.approx(0.07, abs=0.02)
    assert abs(correlation["input_gradient"]) < 0.1
    assert correlation["task_vector"] == pytest.approx(1, abs=1e-5)
    assert correlation["activation"] == pytest.approx(1, abs=1e-5)


def test_missing_values(audit):
    missing = audit.loc["missing_cells", "value"]
    assert missing[missing > 0].to_dict() == {
        "encoder_gradient_dot_product": 1,
        "input_gradient_cosine_similarity": 1,
        "input_gradient_dot_product": 1,
    }
    assert audit.loc[("complete_pairs", "all metrics"), "value"] == 187
    targets = audit.loc["missing_targets", "value"]
    assert targets.to_dict() == dict.fromkeys(MERGERS, 0) | {"tsv": 2}


def test_values_are_in_range(audit):
    ranges = audit.loc[["minimum", "maximum", "zero_variance"]]
    assert len(ranges) > 28
    assert ranges["passed"].all()


def test_metrics_that_are_functions_of_one_another(audit, table):
    duplicates = set(audit.loc["duplicate"].index)
    assert {
        "effective_rank, effective_rank_mergeability_score",
        "layerwise_effective_rank, layerwise_effective_rank_mergeability_score",
        "singular_value_ratio, spectral_gap",
        "task_vector_cosine_similarity, weight_space_angle",
    } <= duplicates
    groups = group_metrics(correlate_metric_pairs(table, metric_names()), 0.9)
    assert groups["group"].max() < 20


def test_task_effects_explain_raw_accuracy(table):
    frame = decompose_variance(table, ["accuracy", "normalized_accuracy"])
    of_accuracy = frame.loc[frame["target"] == "accuracy", "r_squared"]
    assert of_accuracy.min() == pytest.approx(0.94, abs=0.01)
    assert of_accuracy.max() == pytest.approx(0.998, abs=0.001)
