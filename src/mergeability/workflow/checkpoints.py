"""Inputs and params of the rules in checkpoints.smk."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.checkpoints.model_files import files_of
from mergeability.datasets.hub.task import read_task
from mergeability.finetuning.recipe import recipe_of_task
from mergeability.workflow import paths
from mergeability.workflow.bundles import Job

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


@dataclass(frozen=True)
class Checkpoints:
    """Of the `finetuning` and `checkpoints` of zoos."""

    study: "Study"

    def recipes(self, job: Job) -> Callable[[Any], dict[str, dict[str, Any]]]:
        """Param: the recipe of the zoo for each task, with the length of that task."""
        return lambda wildcards: {
            task: self._recipe(self.study.zoos[wildcards.zoo].entry, task)
            for task in job.names(wildcards)
        }

    def _recipe(self, zoo: Mapping[str, Any], task: str) -> dict[str, Any]:
        recipe = recipe_of_task(zoo["finetuning"], task)
        if recipe.get("epochs") == "task":
            folder = self.study.config["datasets"][zoo["dataset"]]["folder"]
            recipe["epochs"] = read_task(f"{folder}/{task}.yaml").epochs
        return recipe

    def regularizer_modules(self, wildcards: Any) -> list[str]:
        """Modules: the regularizer of the zoo, if it has one."""
        regularizer = self.study.zoos[wildcards.zoo].entry["finetuning"].get("regularizer")
        return [f"finetuning.regularizers.{regularizer['method']}"] if regularizer else []

    def foreign(self, wildcards: Any) -> dict[str, Any]:
        """Param: where a foreign checkpoint comes from, as the config says."""
        entry = self.study.zoos[wildcards.zoo].entry["checkpoints"][wildcards.task]
        return dict(sorted(entry.items()))

    def commands(self, job: Job) -> Callable[[Any], dict[str, Any]]:
        """Param: what evaluates a model on each task of a job, but for the files it names."""
        return lambda wildcards: self.commands_of(wildcards.zoo, job.names(wildcards))

    def commands_of(self, zoo: str, tasks: Iterable[str]) -> dict[str, Any]:
        """The same for some tasks."""
        entries = self.study.zoos[zoo].entry["commands"]
        return {task: {key: entries[task][key] for key in ("run", "score")} for task in tasks}

    def command_files(self, job: Job) -> Callable[[Any], list[str]]:
        """Input: the files that the commands of a job's tasks name."""
        return lambda wildcards: self.command_files_of(wildcards.zoo, job.names(wildcards))

    def command_files_of(self, zoo: str, tasks: Iterable[str]) -> list[str]:
        """The same for some tasks."""
        entries = self.study.zoos[zoo].entry["commands"]
        return sorted({file for task in tasks for file in entries[task].get("files", [])})

    def foreign_files(self, wildcards: Any) -> str | list[str]:
        """Input: the files of a foreign checkpoint, or the manifest of its download."""
        manifest = paths.CHECKPOINT_MANIFEST.format(zoo=wildcards.zoo, task=wildcards.task)
        return files_of(self.foreign(wildcards), manifest)
