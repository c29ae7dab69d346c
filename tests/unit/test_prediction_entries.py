"""Which metrics a predictor looks at, and what is wrong with entries that say so."""

import pytest

from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES, metric_names
from mergeability.workflow.checks.prediction import entry_problems
from mergeability.workflow.prediction import (
    families_of,
    metrics_of,
    paper_predictor,
    parameters_of_predictor,
)

CONFIGURED = ["task_vector", "subspace", "gradient"]


def problems(entry, configured=CONFIGURED):
    return list(entry_problems("x", entry, configured))


def test_the_paper_has_five_families_with_28_metrics():
    assert len(PAPER_FAMILIES) == 5
    assert set(PAPER_FAMILIES) <= set(FAMILIES)
    assert len(metric_names(PAPER_FAMILIES)) == 28


def test_families_are_those_of_the_paper_unless_named():
    assert families_of({"method": "ridge"}, CONFIGURED) == sorted(CONFIGURED)
    assert families_of({"method": "ridge"}, [*CONFIGURED, "later"]) == sorted(CONFIGURED)
    named = {"method": "ridge", "families": ["subspace", "gradient"]}
    assert families_of(named, CONFIGURED) == ["gradient", "subspace"]
    assert families_of({"method": "partner_mean"}, CONFIGURED) == []


def test_metrics_are_those_of_the_families_or_the_one_named():
    entry = {"method": "ridge", "families": ["subspace"]}
    assert metrics_of(entry, CONFIGURED) == sorted(FAMILIES["subspace"].metrics)
    assert metrics_of({"method": "metric", "metric": "stable_rank"}, CONFIGURED) == ["stable_rank"]
    assert metrics_of({"method": "probe_merge"}, CONFIGURED) == []


def test_metrics_may_be_named_beside_families():
    entry = {"method": "ridge", "families": ["subspace"], "also": ["stable_rank"]}
    assert metrics_of(entry, CONFIGURED) == sorted([*FAMILIES["subspace"].metrics, "stable_rank"])
    assert not paper_predictor({"method": "ridge", "also": ["stable_rank"]}, CONFIGURED)
    assert not paper_predictor({"method": "ridge", "learn_from": ["tiny"]}, CONFIGURED)


def test_what_an_entry_looks_at_is_no_parameter():
    entry = {"method": "ridge", "families": ["subspace"], "alphas": [1, 2]}
    assert parameters_of_predictor(entry) == {"alphas": (1.0, 2.0)}
    assert parameters_of_predictor({"method": "metric", "metric": "stable_rank"}) == {}


def test_analyses_can_refit_what_learns_from_the_papers_metrics():
    assert paper_predictor({"method": "ridge"}, CONFIGURED)
    assert paper_predictor({"method": "ridge", "families": CONFIGURED[::-1]}, CONFIGURED)
    assert not paper_predictor({"method": "ridge", "families": ["subspace"]}, CONFIGURED)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {"method": "ridge", "families": ["subspaces"]},
            "x.families: unknown 'subspaces' (did you mean 'subspace'?); allowed: activation, ",
        ),
        (
            {"method": "ridge", "families": ["activation"]},
            "x.families: 'activation' is not in metrics.families; add it there, or leave it out",
        ),
        (
            {"method": "partner_mean", "families": ["subspace"]},
            "x.families: 'partner_mean' learns from no metric; leave them out",
        ),
        (
            {"method": "metric", "metric": "task_vector_l2_distance", "families": ["subspace"]},
            "x.families: 'metric' learns from no metric; leave them out",
        ),
        ({"method": "metric"}, "x.metric: which metric is the score?; allowed: "),
        (
            {"method": "ridge", "also": ["stable_rnk"]},
            "x.also: unknown 'stable_rnk'",
        ),
        (
            {"method": "partner_mean", "also": ["subspace_overlap"]},
            "x.also: 'partner_mean' learns from no metric; leave it out",
        ),
        (
            {"method": "pearson_l1", "learn_from": ["tiny"]},
            "x.learn_from: 'pearson_l1' cannot learn from several zoos; name a method",
        ),
        (
            {"method": "metric", "metric": "subspace_overlp"},
            "x.metric: unknown 'subspace_overlp' (did you mean 'subspace_overlap'?); allowed: ",
        ),
        (
            {"method": "metric", "metric": "activation_l2_distance"},
            "x.metric: unknown 'activation_l2_distance'",
        ),
        (
            {"method": "ridge", "metric": "subspace_overlap"},
            "x.metric: 'ridge' is no single metric; leave it out",
        ),
        (
            {"method": "probe_merge", "metric": "subspace_overlap"},
            "x.metric: 'probe_merge' is no single metric; leave it out",
        ),
        ({"method": "kernel_rigde"}, "x.method: unknown 'kernel_rigde' (did you mean"),
        (
            {"method": "kernel_ridge", "widths": [0]},
            "x.widths: [0] is not allowed; expected",
        ),
    ],
)
def test_mistakes_are_one_line_that_names_the_key(entry, expected):
    (problem,) = problems(entry)
    assert problem.startswith(expected)
    assert "\n" not in problem


def test_without_families_of_the_paper_some_must_be_named():
    (problem,) = problems({"method": "ridge"}, [])
    assert problem.startswith("x.families: the default are families of the paper, of which")


@pytest.mark.parametrize("method", ["ridge", "partner_mean", "probe_merge"])
def test_plain_entries_are_right(method):
    assert problems({"method": method}) == []
