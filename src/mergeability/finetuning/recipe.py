"""The `finetuning` part of a config: what its schema cannot say, and what one task gets of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.plugins import REGULARIZERS

LENGTHS = ("epochs", "samples_seen")
# Where the state is saved, and how often, does not change what is trained.
_NOT_OF_THE_TASK = {"save_every", *(f"{length}_by_task" for length in LENGTHS)}


def recipe_problems(key: str, recipe: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the recipe at `key` of the config, one line each.

    The recipe has passed the schema. Names of tasks are not checked here.
    """
    if sum(length in recipe for length in LENGTHS) != 1:
        yield f"{key}: give either {' or '.join(LENGTHS)}"
    for length in LENGTHS:
        if f"{length}_by_task" in recipe and length not in recipe:
            yield f"{key}.{length}_by_task: goes with {length}"
    if ("momentum" in recipe) != (recipe["optimizer"] == "sgd"):
        yield f"{key}.momentum: needed for optimizer sgd, and for no other"
    if recipe["accumulation"] > recipe["batch_size"]:
        yield f"{key}.accumulation: more parts than the {recipe['batch_size']} samples of a batch"
    if "regularizer" in recipe:
        yield from _regularizer_problems(f"{key}.regularizer", recipe)


def _regularizer_problems(key: str, recipe: Mapping[str, Any]) -> Iterator[str]:
    method = recipe["regularizer"]["method"]
    parameters = {
        name: value
        for name, value in recipe["regularizer"].items()
        if name not in ("method", "strength")
    }
    yield from REGULARIZERS.problems(key, method, parameters)
    if method == "gradient_magnitude" and recipe["precision"] == "float16":
        yield f"{key}: second derivatives vanish in float16; use precision bfloat16 or float32"


def recipe_of_task(recipe: Mapping[str, Any], task: str) -> dict[str, Any]:
    """The recipe with the length of this task, sorted; all that its checkpoint depends on."""
    own = {key: value for key, value in recipe.items() if key not in _NOT_OF_THE_TASK}
    (length,) = own.keys() & set(LENGTHS)
    own[length] = recipe.get(f"{length}_by_task", {}).get(task, own[length])
    return dict(sorted(own.items()))


def tasks_with_exceptions(recipe: Mapping[str, Any]) -> list[str]:
    """The tasks that the recipe names, for a check of their names."""
    return sorted({task for length in LENGTHS for task in recipe.get(f"{length}_by_task", {})})
