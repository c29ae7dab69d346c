"""Candidates of any architecture: what is compared of them, and what is left out and why."""

from copy import deepcopy
from pathlib import Path

import model_folders as models
import pytest
import yaml
from model_folders import BASE, TUNED, UP

from mergeability.comparison import compare
from mergeability.recommendation.candidate_changes import describe_candidates_in_place
from mergeability.workflow.checks import config_problems

ROOT = Path(__file__).parents[2]
FAMILIES = ["effective_rank", "subspace", "task_vector"]
SETTINGS = {"parts": ["subspace", "task_vector"], "subspace_rank": 10, "spectrum_size": 100}


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    """A base, and candidates in the forms that people keep them in."""
    return {
        "base": models.save_folder(BASE, tmp_path / "base", shards=2),
        "boats": models.save_folder(models.tuned(BASE, 2), tmp_path / "boats", shards=3),
        "birds": models.save_torch(TUNED, tmp_path / "birds.pt"),
        "cars": models.save_adapter(models.factors([UP], BASE), tmp_path / "cars"),
    }


def described(sources: dict[str, Path], left_out: dict[str, str]):
    found = {name: {"path": str(path)} for name, path in sources.items()}
    base = found.pop("base")
    return describe_candidates_in_place(found, base, FAMILIES, SETTINGS, left_out)


def test_pairs_have_the_metrics_of_the_command(sources) -> None:
    left_out: dict[str, str] = {}
    table = described(sources, left_out)
    assert left_out == {}
    assert table[["task_a", "task_b"]].values.tolist() == [
        ["birds", "boats"],
        ["birds", "cars"],
        ["boats", "cars"],
    ]
    expected = compare(sources["birds"], sources["boats"], sources["base"], subspaces=True).iloc[0]
    for name in table.columns[2:]:
        assert table[name].iloc[0] == pytest.approx(expected[name]), name


def test_what_cannot_be_merged_is_left_out_by_name(sources, tmp_path: Path) -> None:
    others = {
        "again": models.save_one(TUNED, tmp_path / "again.safetensors"),
        "base_once_more": models.save_torch(BASE, tmp_path / "base.pt"),
        "broken": models.save_torch(
            {n: t * float("nan") for n, t in BASE.items()}, tmp_path / "broken.pt"
        ),
    }
    left_out: dict[str, str] = {}
    table = described({**sources, **others}, left_out)
    assert {*table["task_a"], *table["task_b"]} == {"again", "boats", "cars"}
    assert sorted(left_out) == ["base_once_more", "birds", "broken"]
    assert left_out["birds"].endswith("birds.pt: the weights of candidate again once more")
    assert "the weights of the base itself" in left_out["base_once_more"]
    assert "NaN or infinite" in left_out["broken"]


def test_a_pair_needs_two(sources, tmp_path: Path) -> None:
    same = models.save_torch(BASE, tmp_path / "same.pt")
    with pytest.raises(ValueError, match="1 of 2 candidates can be compared, a pair needs two"):
        described({"base": sources["base"], "birds": sources["birds"], "same": same}, {})


def test_a_candidate_of_another_base_is_named(sources, tmp_path: Path) -> None:
    other = models.save_torch({f"vit.{n}": t[:8] for n, t in BASE.items()}, tmp_path / "other.pt")
    with pytest.raises(ValueError, match=r"other.pt: .*name the base it was fine-tuned from"):
        described({**sources, "other": other}, {})


@pytest.fixture
def config(sources) -> dict:
    """A zoo that commands evaluate, and candidates in a folder and a file."""
    config = deepcopy(yaml.safe_load((ROOT / "config/screening.yaml").read_text()))
    tasks = ("a", "b", "c", "d")
    command = {"run": "evaluate {model} {out}", "score": "accuracy"}
    config["backbones"] = {"llama": {"source": "weights", "path": str(sources["base"])}}
    config["zoos"] = {
        "chats": {
            "seed": 0,
            "backbone": "llama",
            "checkpoints": {task: {"path": str(sources["birds"])} for task in tasks},
            "commands": dict.fromkeys(tasks, command),
        }
    }
    candidates = {name: {"path": str(sources[name])} for name in ("birds", "boats", "cars")}
    entry = {"learn_from": "chats", "predictor": "ridge", "data": False, "candidates": candidates}
    config["recommendations"] = {"mine": entry}
    return config


def test_candidates_may_be_folders_where_the_zoo_is_of_any_architecture(config) -> None:
    assert config_problems(config) == []
    del config["zoos"]["chats"]["commands"]
    (problem,) = config_problems(config)
    assert "merges of zoo chats are not evaluated here" in problem


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda entry: entry["candidates"].update(cars={"path": "no/such"}),
            "recommendations.mine.candidates.cars.path: there is no file or folder no/such",
        ),
        (
            lambda entry: entry["candidates"].update(cars={"hub": "me/cars", "file": "x.bin"}),
            "recommendations.mine.candidates.cars: a model of any architecture is read where it",
        ),
        (
            lambda entry: entry.update(data=True),
            "recommendations.mine.data: zoo chats has no images to look at; set data to false",
        ),
    ],
)
def test_mistakes_are_named(change, said, config) -> None:
    change(config["recommendations"]["mine"])
    (problem,) = config_problems(config)
    assert problem.startswith(said)
