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


@pytest.fixture
def measured(config, tmp_path):
    """The same with a measured zoo, as plain tables, that merged two of the candidates' tasks."""
    merger = next(iter(config["mergers"]))
    config["mergers"] = {merger: config["mergers"][merger]}
    pairs = f"task_a,task_b,merger,accuracy_a,accuracy_b\nclock,digits,{merger},0.5,0.5\n"
    (tmp_path / "pairs.csv").write_text(pairs)
    (tmp_path / "singles.csv").write_text("task,accuracy\nclock,0.8\ndigits,0.8\n")
    tables = {name: str(tmp_path / f"{name}.csv") for name in ("pairs", "singles")}
    config["zoos"]["measured"] = {"measurements": tables}
    entry = config["recommendations"]["mine"]
    entry["proxies"] = ["measured"]
    entry["candidates"]["greek"]["task"] = "digits"
    return config


def without_a_zoo(config):
    entry = config["recommendations"]["mine"]
    for name in ("learn_from", "predictor", "data"):
        del entry[name]
    return entry


class Asked(dict):
    def __getattr__(self, name):
        return self[name]


def test_proxies_join_a_zoo_or_stand_alone(measured):
    assert problems(measured) == []
    mine = Study(measured).recommendations
    asked = Asked(zoo="mini", recommendation="mine")
    assert mine.tasks(asked) == {"clock": "clock", "greek": "digits"}
    (merger,) = measured["mergers"]
    assert mine.evidence(asked) == {
        "proxies": [f"results/measured/pairs/{merger}.parquet"],
        "candidates": "results/mini/recommendations/mine/metrics.parquet",
        "left_out": "results/mini/recommendations/mine/left_out.csv",
        "tables": [f"results/mini/pairs/{merger}.parquet"],
    }
    assert all("task" not in source for source in mine.candidates(asked).values())

    without_a_zoo(measured)
    assert problems(measured) == []
    mine = Study(measured).recommendations
    assert mine.files == ["results/measured/recommendations/mine/recommendation.html"]
    asked = Asked(zoo="measured", recommendation="mine")
    assert list(mine.evidence(asked)) == ["proxies"]
    assert mine.learner(asked) is None
    with pytest.raises(ValueError, match="lies with zoo measured, not with mini"):
        mine.learner(Asked(zoo="mini", recommendation="mine"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda e: e.update(proxies=["nobody"]), "mine.proxies: unknown 'nobody'"),
        (lambda e: e["candidates"]["greek"].pop("task"), "fewer than two tasks of the candid"),
        (
            lambda e: e["candidates"].update(
                clock={**e["candidates"]["clock"], "task": "clok"},
                more={**e["candidates"]["clock"], "task": "clock"},
            ),
            "mine.candidates.clock.task: unknown 'clok' (did you mean 'clock'?)",
        ),
        (lambda e: e.pop("proxies"), "mine.candidates.greek.task: goes with proxies"),
        (lambda e: e.pop("predictor"), "mine.predictor: is needed beside learn_from"),
        (lambda e: e.pop("learn_from"), "mine.data: goes with learn_from"),
        (lambda e: e.update(design=0), "mine.design: 0 is less than the minimum of 1"),
    ],
)
def test_mistakes_about_proxies_are_reported(measured, change, expected):
    entry = measured["recommendations"]["mine"]
    entry["data"] = False
    change(entry)
    assert [problem for problem in problems(measured) if expected in problem]


def test_a_merger_that_a_proxy_did_not_measure_is_named(measured):
    measured["mergers"]["x"] = {"method": "tsv"}
    (problem,) = problems(measured)
    assert "pairs.csv: merger: unknown 'x'" in problem


def test_a_recommendation_needs_something_to_go_by(config):
    without_a_zoo(config)
    (problem,) = problems(config)
    assert problem.startswith("recommendations.mine: what to go by?")


def test_a_zoo_that_merges_nothing_is_no_proxy(measured, tmp_path):
    config = measured
    screened = {name: config["zoos"]["mini"][name] for name in ("seed", "backbone")}
    sources = {name: {"path": str(tmp_path / f"{name}.pt")} for name in ("greek", "clock")}
    config["zoos"]["weights"] = {**screened, "checkpoints": sources}
    config["metrics"]["families"] = ["task_vector", "effective_rank", "subspace"]
    config["recommendations"]["mine"]["proxies"] = ["weights"]
    config["recommendations"]["mine"]["candidates"]["greek"].pop("task")
    assert [p for p in problems(config) if "proxies: zoo weights merges nothing" in p]


def with_merges(config, tmp_path, rows):
    header = "task_a,task_b,merger,accuracy_a,accuracy_b\n"
    (tmp_path / "own.csv").write_text(header + rows)
    (tmp_path / "own_singles.csv").write_text("task,accuracy\nclock,0.8\ngreek,0.8\nbirds,0.8\n")
    tables = {"pairs": str(tmp_path / "own.csv"), "singles": str(tmp_path / "own_singles.csv")}
    config["recommendations"]["mine"]["measured"] = tables
    return tables


def test_merges_that_were_run_are_inputs(config, tmp_path):
    tables = with_merges(config, tmp_path, "clock,greek,ties,0.5,\n")
    assert problems(config) == []
    mine, asked = Study(config).recommendations, Asked(zoo="mini", recommendation="mine")
    inputs = mine.evidence(asked)
    assert (inputs["own_pairs"], inputs["own_singles"]) == (tables["pairs"], tables["singles"])
    assert "prediction.predictors.directional" in mine.learner_modules(asked)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("clock,greek,soup,0.5,0.5\n", "own.csv: merger: unknown 'soup'"),
        ("birds,greek,ties,0.5,0.5\n", "own.csv: task: unknown 'birds'"),
        ("clock,greek,ties,50,0.5\n", "accuracies are shares from 0 to 1"),
    ],
)
def test_mistakes_in_merges_are_reported(config, tmp_path, rows, expected):
    with_merges(config, tmp_path, rows)
    (problem,) = problems(config)
    assert problem.startswith("recommendations.mine.measured")
    assert expected in problem
