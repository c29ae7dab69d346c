"""Parameters of mergers that cannot work are reported with the config, one line each."""

from copy import deepcopy
from math import inf, nan

import pytest
from workspace import miniature_config

from mergeability.workflow.checks import config_problems

CONFLICTS = [
    ({"method": "dare", "drop": 1}, "drop = 1 leaves nothing; choose drop < 1"),
    ({"method": "breadcrumbs", "lower": 0.7, "upper": 0.6}, "lower = 0.7 must be less than"),
    ({"method": "breadcrumbs", "lower": 0.995}, "lower = 0.995 must be less than upper = 0.993"),
    ({"method": "consensus", "consensus": 3}, "2 models cannot give 3 votes; lower consensus"),
    ({"method": "della", "drop": 0.01}, "drop = 0.01 and spread = 0.14 give chances outside"),
    ({"method": "della", "drop": 0.9, "spread": 0.3}, "drop = 0.9 and spread = 0.3 give"),
    (
        {"method": "breadcrumbs", "upper": 0.9, "tune": {"lower": [0.5, 0.95]}},
        "lower = 0.95 must be less than upper = 0.9",
    ),
]
VALUES = [
    ({"method": "ties", "scale": nan}, ".scale: nan is not allowed; expected a number"),
    ({"method": "ties", "scale": -inf}, ".scale: -inf is not allowed; expected a number"),
    ({"method": "task_arithmetic", "scale": 1e30}, ".scale: 1e+30 is not allowed; at most 1,000,"),
    ({"method": "tsv", "scale": -(10**9)}, ".scale: -1000000000 is not allowed; at most 1,000,"),
    ({"method": "tsv", "layer_scaling": [0.5, 1e9]}, ".layer_scaling: 1000000000.0 is not allowed"),
    ({"method": "tsv", "tune": {"scale": [1, 1e30]}}, ".tune.scale: 1e+30 is not allowed; at most"),
]


def problems_with(entry, **changes):
    config = deepcopy(miniature_config()) | changes
    config["mergers"]["mine"] = entry
    config["zoos"]["mini"]["validation"] = {"samples": 10}
    return config_problems(config)


@pytest.mark.parametrize(("entry", "expected"), CONFLICTS)
def test_values_that_cannot_work_together_are_reported(entry, expected):
    (problem,) = problems_with(entry)
    assert problem.startswith(f"mergers.mine: {expected}")


@pytest.mark.parametrize(("entry", "expected"), VALUES)
def test_numbers_that_overflow_are_reported(entry, expected):
    (problem,) = problems_with(entry)
    assert problem.startswith(f"mergers.mine{expected}")


def test_values_at_the_border_are_allowed():
    for entry in (
        {"method": "dare", "drop": 0.999},
        {"method": "consensus", "consensus": 2},
        {"method": "della", "drop": 0.07},
        {"method": "breadcrumbs", "upper": 0.5, "tune": {"lower": [0.1, 0.2]}},
    ):
        assert problems_with(entry) == []


def test_votes_are_counted_for_pairs_where_there_are_larger_sets_too():
    sets = {"size": 4, "count": 1, "seed": 0, "predictors": ["ridge"]}
    assert problems_with({"method": "consensus", "consensus": 2}, sets=sets) == []
    (problem,) = problems_with({"method": "consensus", "consensus": 4}, sets=sets)
    assert problem.startswith("mergers.mine: 2 models cannot give 4 votes")
