"""Inputs and params of the rules in checkpoints.smk."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.datasets.hub.task import read_task
from mergeability.finetuning.recipe import recipe_of_task
from mergeability.workflow import paths

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


@dataclass(frozen=True)
class Checkpoints:
    """Of the `finetuning` and `checkpoints` of zoos."""

    study: "Study"

    def recipe(self, wildcards: Any) -> dict[str, Any]:
        """Param: the recipe of the zoo with the length of this task."""
        zoo = self.study.zoos[wildcards.zoo].entry
        recipe = recipe_of_task(zoo["finetuning"], wildcards.task)
        if recipe.get("epochs") == "task":
            folder = self.study.config["datasets"][zoo["dataset"]]["folder"]
            recipe["epochs"] = read_task(f"{folder}/{wildcards.task}.yaml").epochs
        return recipe

    def regularizer_modules(self, wildcards: Any) -> list[str]:
        """Modules: the regularizer of the zoo, if it has one."""
        regularizer = self.study.zoos[wildcards.zoo].entry["finetuning"].get("regularizer")
        return [f"finetuning.regularizers.{regularizer['method']}"] if regularizer else []

    def foreign(self, wildcards: Any) -> dict[str, Any]:
        """Param: where a foreign checkpoint comes from, as the config says."""
        entry = self.study.zoos[wildcards.zoo].entry["checkpoints"][wildcards.task]
        return dict(sorted(entry.items()))

    def foreign_file(self, wildcards: Any) -> str:
        """Input: the file that holds a foreign checkpoint, or the manifest of its download."""
        manifest = paths.CHECKPOINT_MANIFEST.format(zoo=wildcards.zoo, task=wildcards.task)
        return str(self.foreign(wildcards).get("path") or manifest)
