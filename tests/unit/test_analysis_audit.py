"""The audit passes measurements of real vectors and finds every planted defect."""

import numpy as np
import pandas as pd
import pytest
from synthetic import make_pairs_table

from mergeability.analysis.audit import COLUMNS, audit_metrics
from mergeability.analysis.vector_consistency import GROUPS, implied_norms
from mergeability.metrics.geometry import Gram
from mergeability.naming import split_pair

pytestmark = pytest.mark.filterwarnings("error")


def measure(n_tasks=6, groups=GROUPS, precision=np.float64, seed=0):
    """A pairs table with the metrics of random vectors, one per task and group, and the norms."""
    generator = np.random.default_rng(seed)
    table = make_pairs_table(n_tasks, ("one", "two")).drop(columns=["metric_d", "metric_e"])
    tasks = sorted({*table["task_a"], *table["task_b"]})
    norms = {}
    for group in groups:
        length = generator.uniform(0.5, 3.0, n_tasks)
        vectors = generator.normal(size=(n_tasks, 4)) * length[:, None]
        by_task = dict(zip(tasks, vectors, strict=True))
        norms |= {(group, task): np.linalg.norm(vector) for task, vector in by_task.items()}
        grams = {
            pair: Gram.of(*(by_task[task] for task in split_pair(pair)))
            for pair in table["pair"].unique()
        }
        for metric, value in {
            "l2_distance": lambda gram: gram.distance,
            "cosine_similarity": lambda gram: gram.cosine,
            "dot_product": lambda gram: gram.ab,
        }.items():
            values = table["pair"].map({pair: value(gram) for pair, gram in grams.items()})
            table[f"{group}_{metric}"] = values.astype(precision).astype(np.float64)
    return table, norms


@pytest.fixture
def table():
    return measure()[0]


def plant(table, metric, value, pair=2):
    """The table with one pair's metric replaced, for all mergers."""
    changed = table.copy()
    changed.loc[changed["pair"] == sorted(set(table["pair"]))[pair], metric] = value
    return changed


def failures(table):
    audit = audit_metrics(table)
    failed = audit[audit["passed"] == False]  # noqa: E712 - missing is neither
    return set(zip(failed["check"], failed["subject"], strict=True))


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("n_tasks", [3, 4, 9])
def test_real_vectors_pass(n_tasks, precision):
    table, _ = measure(n_tasks, precision=precision, seed=n_tasks)
    audit = audit_metrics(table)
    assert failures(table) == set()
    assert list(audit.columns) == COLUMNS
    verdicts = audit[audit["check"] == "consistent"]
    assert verdicts["subject"].tolist() == list(GROUPS)
    assert verdicts["passed"].all()
    assert (verdicts["value"] == 1).all()
    assert audit["meaning"].str.len().gt(0).all()
    correlation = audit.loc[audit["check"] == "identity_correlation", "value"]
    assert correlation.to_numpy() == pytest.approx(1, abs=1e-6)


def test_norms_are_recovered(table):
    norms = implied_norms(table).set_index(["group", "task"])
    assert norms["norm"].to_dict() == pytest.approx(measure()[1])
    assert norms["relative_residual"].max() < 1e-12


def test_a_cosine_above_one(table):
    metric = "activation_cosine_similarity"
    assert ("maximum", metric) in failures(plant(table, metric, 1.01))
    assert ("minimum", metric) in failures(plant(table, metric, -1.01))
    assert ("maximum", metric) not in failures(plant(table, metric, 1 + 1e-7))


def test_a_negative_distance(table):
    metric = "input_gradient_l2_distance"
    assert ("minimum", metric) in failures(plant(table, metric, -0.1))


def test_exchanged_products(table):
    """Two pairs with each other's product: every value by itself is possible."""
    metric = "encoder_gradient_dot_product"
    values = table.groupby("pair")[metric].first()
    changed = plant(plant(table, metric, values.iloc[7], 2), metric, values.iloc[2], 7)
    failed = failures(changed)
    assert ("consistent", "encoder_gradient") in failed
    assert ("contradicting_pairs", "encoder_gradient") in failed
    assert {subject for _, subject in failed} == {"encoder_gradient"}


def test_vectors_redrawn_for_every_metric(table):
    """The published defect: distance, cosine and product of a pair are of different vectors."""
    redrawn, _ = measure(seed=1)
    changed = table.assign(task_vector_dot_product=redrawn["task_vector_dot_product"])
    assert ("consistent", "task_vector") in failures(changed)
    assert ("impossible_pairs", "task_vector") in failures(changed)
    assert ("consistent", "activation") not in failures(changed)


def test_negative_squares(table):
    changed = table.assign(
        activation_l2_distance=0.0, activation_dot_product=-1.0, activation_cosine_similarity=-1.0
    )
    assert ("smallest_squared_norm", "activation") in failures(changed)
    assert ("consistent", "activation") in failures(changed)
    assert implied_norms(changed).set_index("group").loc["activation", "norm"].isna().all()


def test_two_tasks_leave_the_verdict_open():
    table, _ = measure(2)
    verdict = audit_metrics(table).set_index(["check", "subject"])["passed"]["consistent"]
    assert verdict.isna().all()
    impossible = table.assign(input_gradient_dot_product=-table["input_gradient_dot_product"])
    assert ("consistent", "input_gradient") in failures(impossible)
    assert implied_norms(table).empty


def test_missing_cells_and_targets(table):
    changed = plant(table, ["metric_a", "metric_b"], np.nan)
    changed.loc[changed.index[-1], "accuracy"] = np.nan
    assert failures(changed) == {
        ("missing_cells", "metric_a"),
        ("missing_cells", "metric_b"),
        ("missing_targets", "two"),
    }
    audit = audit_metrics(changed).set_index(["check", "subject"])["value"]
    assert audit["complete_pairs", "all metrics"] == 14
    assert audit["pairs_without_metrics", "all metrics"] == 0


def test_duplicates_and_constants(table):
    changed = table.assign(copy=2 - table["metric_a"] ** 3, constant=1.0)
    audit = audit_metrics(changed)
    duplicates = audit.loc[audit["check"] == "duplicate", "subject"].tolist()
    assert duplicates == ["copy, metric_a"]
    assert failures(changed) == {("zero_variance", "constant")}


def test_groups_that_are_not_complete_are_left_out(table):
    audit = audit_metrics(table.drop(columns="activation_dot_product"))
    subjects = audit.loc[audit["check"] == "consistent", "subject"]
    assert subjects.tolist() == [group for group in GROUPS if group != "activation"]
    empty = table.assign(activation_dot_product=np.nan)
    assert "activation" not in set(audit_metrics(empty)["subject"])


def test_tables_without_metrics(table):
    bare = table[[c for c in table if not c.startswith(("metric", *GROUPS))]]
    assert set(audit_metrics(bare)["check"]) == {"missing_targets"}
    assert isinstance(audit_metrics(bare)["passed"].dtype, pd.BooleanDtype)
