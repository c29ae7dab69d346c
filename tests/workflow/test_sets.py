"""Sets of three of the four tasks of the miniature zoo, by the real Snakemake."""

import numpy as np
import pandas as pd
import pytest
from jobs import MERGERS
from workspace import TASKS

from mergeability.files import read_json

pytestmark = pytest.mark.slow

SETS = ["__".join(task for task in TASKS if task != left_out) for left_out in reversed(TASKS)]
ENTRY = {"size": 3, "count": "all", "seed": 0, "decisions": 2, "predictors": ["ridge"]}
RESULTS = "results/mini"


@pytest.fixture(scope="module")
def merged(built, tmp_path_factory):
    """A copy of the finished zoo whose sets were merged too."""
    workspace = built.copy(tmp_path_factory.mktemp("sets") / "copy")
    workspace.config["sets"] = ENTRY
    workspace.config["mergers"]["slerp"] = {"method": "slerp"}
    workspace.write_config()
    workspace.run("sets")
    return workspace


def test_every_set_is_merged_by_every_merger_that_takes_three(merged):
    assert sorted(path.name for path in (merged / f"{RESULTS}/sets").iterdir()) == MERGERS
    for merger in MERGERS:
        folder = merged / f"{RESULTS}/sets/{merger}"
        assert sorted(path.stem for path in folder.glob("*.json")) == sorted(SETS)


def test_evaluations_sum_up_their_tasks(merged):
    content = read_json(merged / f"{RESULTS}/sets/ties/{SETS[0]}.json")
    assert content["merger"] == "ties"
    assert content["set"] == SETS[0]
    assert sorted(content["tasks"]) == SETS[0].split("__")
    for task, scores in content["tasks"].items():
        single = read_json(merged / f"{RESULTS}/evaluations/single/{task}.json")
        assert scores["normalized_accuracy"] == scores["accuracy"] / single["accuracy"]
    for key, worst in (("accuracy", min), ("loss", max), ("normalized_accuracy", min)):
        values = [scores[key] for scores in content["tasks"].values()]
        assert content["worst"][key] == worst(values)
        assert content["mean"][key] == pytest.approx(np.mean(values))


def test_four_tasks_leave_nothing_to_learn_from_but_baselines_are_told(merged):
    table = pd.read_csv(merged / f"{RESULTS}/analysis/sets/correlations.csv")
    assert set(table["predictor"]) == {"measured_pairs", "single_accuracy", "zero_shot_ratio"}
    assert (table["n_sets"] == len(SETS)).all()
    regrets = pd.read_csv(merged / f"{RESULTS}/analysis/sets/regrets.csv")
    assert (regrets["regret"] >= 0).all()
    assert (regrets["n_sets"] == ENTRY["decisions"]).all()


def test_sets_change_nothing_about_pairs(built, merged):
    assert [path for path in built.artifacts() if path not in merged.artifacts()] == []
    assert {p: d for p, d in merged.artifacts().items() if p in built.artifacts()} == (
        built.artifacts()
    )


def test_only_what_is_asked_for_is_planned_again(merged):
    assert merged.planned("sets") == set()
    merged.config["mergers"] = dict(reversed(merged.config["mergers"].items()))
    merged.config["zoos"]["mini"]["tasks"].reverse()
    merged.write_config()
    assert merged.planned("sets") == set()
