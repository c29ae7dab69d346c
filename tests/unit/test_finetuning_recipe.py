"""Recipes of fine-tuning: mistakes are found before anything is trained."""

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from mergeability.finetuning.recipe import (
    recipe_of_task,
    recipe_problems,
    tasks_with_exceptions,
)
from mergeability.plugins import REGULARIZERS
from mergeability.workflow.code import Code

ROOT = Path(__file__).parents[2]
Recipe = dict[str, Any]

CASES: dict[str, tuple[Callable[[Recipe], object], str]] = {
    "two lengths": (lambda r: r.update(epochs=3), "f: give either epochs or samples_seen"),
    "no length": (lambda r: r.pop("samples_seen"), "f: give either epochs or samples_seen"),
    "exceptions to another length": (
        lambda r: r.update(epochs_by_task={"greek": 3}),
        "f.epochs_by_task: goes with epochs",
    ),
    "sgd without momentum": (
        lambda r: r.update(optimizer="sgd"),
        "f.momentum: needed for optimizer sgd, and for no other",
    ),
    "adamw with momentum": (
        lambda r: r.update(momentum=0.9),
        "f.momentum: needed for optimizer sgd, and for no other",
    ),
    "more parts than samples": (
        lambda r: r.update(accumulation=65),
        "f.accumulation: more parts than the 64 samples of a batch",
    ),
    "unknown regularizer": (
        lambda r: r["regularizer"].update(method="weight_distanc"),
        "f.regularizer.method: unknown 'weight_distanc' (did you mean 'weight_distance'?); "
        "allowed: gradient_magnitude, singular_alignment, task_vector_subspace, weight_distance",
    ),
    "unknown parameter of a regularizer": (
        lambda r: r["regularizer"].update(rnk=3),
        "f.regularizer: unknown 'rnk' (did you mean 'rank'?); allowed: rank, side",
    ),
    "rank below 1": (
        lambda r: r["regularizer"].update(rank=0),
        "f.regularizer.rank: 0 is not allowed; expected an integer from 1",
    ),
    "rank that is no integer": (
        lambda r: r["regularizer"].update(rank=True),
        "f.regularizer.rank: True is not allowed; expected an integer",
    ),
    "unknown side": (
        lambda r: r["regularizer"].update(side="V"),
        "f.regularizer.side: 'V' is not allowed; allowed: 'left', 'right', 'both'",
    ),
    "second derivatives in float16": (
        lambda r: r.update(
            precision="float16", regularizer={"method": "gradient_magnitude", "strength": 1}
        ),
        "f.regularizer: second derivatives vanish in float16",
    ),
}


@pytest.fixture
def recipe() -> Recipe:
    """That of the embedded zoo, with a regularizer."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    own: Recipe = deepcopy(config["zoos"]["tiny"]["finetuning"])
    del own["samples_seen_by_task"]
    own["regularizer"] = {"method": "task_vector_subspace", "strength": 1e-4}
    return own


@pytest.mark.parametrize("name", CASES)
def test_mistakes_are_named(name: str, recipe: Recipe) -> None:
    change, expected = CASES[name]
    assert list(recipe_problems("f", recipe)) == []
    change(recipe)
    (problem,) = recipe_problems("f", recipe)
    assert problem.startswith(expected)


def schema_problems(recipe: Recipe) -> list[str]:
    schema = yaml.safe_load((ROOT / "src/mergeability/workflow/config.schema.yaml").read_text())
    (zoo,) = (d for d in schema["$defs"].values() if "finetuning" in d.get("properties", {}))
    part = zoo["properties"]["finetuning"]
    return [error.message for error in Draft202012Validator(part).iter_errors(recipe)]


def test_the_schema_wants_every_setting_and_a_strength(recipe: Recipe) -> None:
    assert schema_problems(recipe) == []
    needed = set(recipe) - {"samples_seen", "regularizer"}
    for key in needed:
        without = {k: v for k, v in recipe.items() if k != key}
        assert schema_problems(without) == [f"{key!r} is a required property"]
    without_strength = {**recipe, "regularizer": {"method": "weight_distance"}}
    assert schema_problems(without_strength) == ["'strength' is a required property"]
    (problem,) = schema_problems({**recipe, "precision": "float64"})
    assert problem.startswith("'float64' is not one of")


@pytest.mark.parametrize("length", ["samples_seen", "epochs"])
def test_a_task_gets_its_own_length_and_nothing_that_is_not_its_own(
    length: str, recipe: Recipe
) -> None:
    del recipe["samples_seen"]
    recipe |= {length: 9, f"{length}_by_task": {"greek": 7}, "save_every": 100}
    own = recipe_of_task(recipe, "greek")
    assert own[length] == 7
    assert own.keys() == recipe.keys() - {f"{length}_by_task", "save_every"}
    assert list(own) == sorted(own)
    assert recipe_of_task(recipe, "count")[length] == 9
    assert tasks_with_exceptions(recipe) == ["greek"]


def test_every_regularizer_can_be_checked_without_torch() -> None:
    code = (
        "import sys; from mergeability.finetuning.recipe import REGULARIZERS as r; "
        "print([r.parameters(m) for m in r.names()], 'torch' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.endswith("False\n")


def test_training_depends_on_no_regularizer_but_its_own() -> None:
    folder = "mergeability/finetuning/regularizers"
    code = Code(lambda script: ROOT / "workflow/scripts" / script)
    plain = set(code.files("checkpoints/finetune_checkpoint.py"))
    for method in REGULARIZERS.names():
        assert f"{folder}/{method}.py" not in plain
    added = (
        set(
            code.files(
                "checkpoints/finetune_checkpoint.py", "finetuning.regularizers.singular_alignment"
            )
        )
        - plain
    )
    assert added == {
        f"{folder}/singular_alignment.py",
        "mergeability/finetuning/singular_vectors.py",
    }
