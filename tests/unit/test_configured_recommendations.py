"""Recommendations of a config: every mistake is one line that names the key."""

from copy import deepcopy

import pytest
from workspace import miniature_config

from mergeability.workflow.checks import config_problems
from mergeability.workflow.study import Study


@pytest.fixture
def config(tmp_path):
    config = deepcopy(miniature_config())
    for name in ("greek", "clock"):
        (tmp_path / f"{name}.pt").touch()
    sources = {name: {"path": str(tmp_path / f"{name}.pt")} for name in ("greek", "clock")}
    config["recommendations"] = {
        "mine": {"learn_from": "mini", "predictor": "ridge", "data": True, "candidates": sources}
    }
    return config


def problems(config):
    return config_problems(config)


def test_a_sound_recommendation_is_a_target(config):
    assert problems(config) == []
    (page,) = Study(config).recommendations.files
    assert page == "results/mini/recommendations/mine/recommendation.html"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("learn_from", "none", "recommendations.mine.learn_from: unknown 'none'"),
        ("predictor", "pearson_l1", "recommendations.mine.predictor: unknown 'pearson_l1'"),
        ("predictor", "partner_mean", "recommendations.mine.predictor: unknown 'partner_mean'"),
    ],
)
def test_names_that_do_not_fit_are_reported(config, key, value, expected):
    config["recommendations"]["mine"][key] = value
    (problem,) = problems(config)
    assert problem.startswith(expected)


def test_with_data_candidates_are_named_by_tasks(config):
    sources = config["recommendations"]["mine"]["candidates"]
    sources["birds"] = sources.pop("greek")
    (problem,) = problems(config)
    assert problem.startswith("recommendations.mine.candidates: unknown 'birds'")
    config["recommendations"]["mine"]["data"] = False
    assert problems(config) == []
