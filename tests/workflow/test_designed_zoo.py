"""A zoo that merges some of its pairs: which ones, and what becomes of the others."""

import json

import pandas as pd
import pytest
from jobs import PAIRS, merges
from workspace import TASKS

from mergeability.prediction.designs import design

pytestmark = pytest.mark.slow

DESIGN = design(TASKS, 2)
OTHERS = sorted(set(PAIRS) - set(DESIGN))


@pytest.fixture
def designed(copied):
    """The finished zoo, asked for two partners per task; what others were merged is gone."""
    config = copied.config
    config["mergers"] = {"ties": config["mergers"]["ties"]}
    config["prediction"].update(targets=["normalized_accuracy"], protocols=["loto"])
    config["prediction"]["predictors"] = {
        "ridge": {"method": "ridge"},
        "own_merges": {"method": "directional"},
    }
    config["prediction"]["budget"] = {
        "predictors": ["own_merges"], "partners": [1, 2], "designs": 2,
    }  # fmt: skip
    config["analysis"]["predictors"] = ["ridge"]
    config["evaluation"]["pairs"] = {"partners": 2, "predictor": "own_merges", "confirm": 1}
    copied.write_config()
    for pair in OTHERS:
        (copied / f"results/mini/evaluations/ties/{pair}.json").unlink()
    return copied


def evaluations(jobs):
    return {job for job in jobs if job.startswith("Evaluating merges")}


def test_a_design_merges_its_pairs_and_confirms_the_best_of_the_others(designed):
    assert len(DESIGN) == 4
    assert evaluations(designed.planned()) == set(), "what was merged is merged again"
    designed.run("--quiet", "rules")
    completed = pd.read_parquet(designed / "results/mini/completed/ties.parquet")
    assert completed["pair"].tolist() == PAIRS
    assert completed["pair"][completed["measured"]].tolist() == DESIGN
    assert completed["normalized_accuracy"].notna().all()
    others = completed[~completed["measured"]]
    best = others.sort_values("normalized_accuracy", ascending=False)["pair"].iloc[0]
    confirmed = pd.read_parquet(designed / "results/mini/confirmed/ties.parquet")
    assert confirmed["pair"][confirmed["measured"]].tolist() == sorted([*DESIGN, best])
    merge = json.loads((designed / f"results/mini/evaluations/ties/{best}.json").read_text())
    value = confirmed.set_index("pair").loc[best, "normalized_accuracy"]
    assert value == merge["mean"]["normalized_accuracy"]
    assert {p.stem for p in (designed / "results/mini/evaluations/ties").glob("*.json")} == {
        *DESIGN, best
    }  # fmt: skip
    assert designed.planned() == set()
    assert (designed / "results/mini/prediction/normalized_accuracy/learning_curve.csv").is_file()

    designed.config["zoos"]["mini"]["tasks"] = TASKS[::-1]
    designed.write_config()
    assert designed.planned() == set(), "the order of tasks matters"

    designed.config["zoos"]["mini"]["tasks"] = [*TASKS, "faces"]
    designed.write_config()
    added = set(design([*TASKS, "faces"], 2)) - set(DESIGN)
    assert evaluations(designed.planned()) == merges(["ties"], added)
    assert all("faces" in pair.split("__") for pair in added)


def test_more_partners_only_add_merges(designed):
    designed.config["evaluation"]["pairs"]["partners"] = 3
    designed.write_config()
    assert evaluations(designed.planned()) == merges(["ties"], OTHERS)


def test_pairs_that_the_user_names_join_the_design(designed):
    designed.config["evaluation"]["pairs"]["also"] = [OTHERS[0]]
    designed.write_config()
    assert evaluations(designed.planned()) == merges(["ties"], [OTHERS[0]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"predictor": "ridge"}, "gives no intervals"),
        ({"predictor": "nobody"}, "evaluation.pairs.predictor"),
        ({"also": ["arrows__arrows"]}, "two different tasks"),
        ({"partners": 0}, "evaluation.pairs.partners"),
    ],
)
def test_mistakes_are_one_line(designed, changes, message):
    designed.config["evaluation"]["pairs"].update(changes)
    designed.write_config()
    result = designed.snakemake("--dry-run")
    assert result.returncode != 0
    (line,) = [text for text in (result.stdout + result.stderr).splitlines() if message in text]
    assert "evaluation.pairs" in line
