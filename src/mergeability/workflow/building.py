"""What the rules need that build a zoo: datasets, backbones, checkpoints, sketches and merges.

Nothing here is particular to Snakemake: wildcards are any object with the names as attributes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mergeability.backbones.models import open_clip_models, vision_megabytes
from mergeability.datasets.catalog import TINY_TASKS
from mergeability.datasets.hub.task import read_task
from mergeability.finetuning.recipe import recipe_of_task
from mergeability.metrics.registry import FAMILIES
from mergeability.naming import split_pair, tasks_of
from mergeability.plugins import merger_statistics
from mergeability.tuning.parameters import TUNE
from mergeability.workflow import paths as layout
from mergeability.workflow.bundles import bundle_pairs
from mergeability.workflow.code import code
from mergeability.workflow.zoos import Files, Wildcards, Zoos


class Building(Zoos):
    """Inputs and params of the rules that build zoos, as functions of wildcards."""

    def setting(self, kind: str, *keys: str) -> Callable[[Wildcards], Any]:
        """Param: the config's value under `keys` of the zoo, merger, ... that a wildcard names."""

        def look_up(wildcards: Wildcards) -> Any:
            value = self.config[f"{kind}s"][getattr(wildcards, kind)]
            for key in keys:
                value = value[key]
            return value

        return look_up

    # Measurements.

    def one_of(self, zoos: Sequence[str]) -> str:
        """Wildcard constraint: the name of one of these zoos; nothing where there is none."""
        return "|".join(map(re.escape, zoos)) or "(?!)"

    def measured_files(self, wildcards: Wildcards) -> dict[str, str]:
        """Inputs by name: what was measured of a zoo and a merger."""
        found = self.measurements(wildcards.zoo)
        metrics = {"metrics": found.metrics} if found.metrics else {}
        return {
            "accuracies": found.accuracies, "merges": found.merges[wildcards.merger], **metrics
        }  # fmt: skip

    def measured_zoo(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: the `measurements` entry of the zoo, and all mergers."""
        return {
            "entry": dict(self.config["zoos"][wildcards.zoo]["measurements"]),
            "mergers": self.mergers,
        }

    # Datasets, backbones and downloads.

    def datasets_from(self, source: str) -> str:
        """Wildcard constraint: the name of a dataset of this source."""
        return self.one_of(_of_source(self.config.get("datasets", {}), source))

    def backbones_from(self, source: str) -> str:
        """Wildcard constraint: the name of a backbone of this source."""
        return self.one_of(_of_source(self.config.get("backbones", {}), source))

    def task_file(self, wildcards: Wildcards) -> str:
        """Input: what is known of a task whose images come from a hub."""
        folder = self.config["datasets"][wildcards.dataset]["folder"]
        return f"{folder}/{wildcards.task}.yaml"

    def backbone_weights(self, wildcards: Wildcards) -> str:
        """Input: the file that holds the pretrained weights, or the manifest of its download."""
        weights = self.setting("backbone", "weights")(wildcards)
        return weights.get("path") or layout.BACKBONE_MANIFEST.format(**dict(wildcards.items()))

    def checkpoint_source(self, wildcards: Wildcards) -> str:
        """Input: the file that holds a foreign checkpoint, or the manifest of its download."""
        source = self.foreign_checkpoint(wildcards)
        return source.get("path") or layout.CHECKPOINT_MANIFEST.format(**dict(wildcards.items()))

    def foreign_checkpoint(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: where a foreign checkpoint comes from, as the config says."""
        entry = self.config["zoos"][wildcards.zoo]["checkpoints"][wildcards.task]
        return {key: entry[key] for key in sorted(entry)}

    def drawing_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the images of one task."""
        return code(drawing_module(wildcards.task), beside="data/prepare_dataset.py")

    def memory(self, base: int, copies: int) -> Callable[[Wildcards, int], int]:
        """Resource: MB for a job that holds so many copies of the vision tower at once.

        The same again in every further attempt.
        """

        def amount(wildcards: Wildcards, attempt: int) -> int:
            known = dict(wildcards.items())
            backbone = known.get("backbone") or self.config["zoos"][known["zoo"]]["backbone"]
            entry = self.config["backbones"][backbone]
            model = entry.get("architecture") or open_clip_models()[entry["model"]]
            return attempt * (base + copies * vision_megabytes(model))

        return amount

    # Checkpoints and sketches.

    def finetuning_recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: the recipe of the zoo with the length of this task."""
        zoo = self.config["zoos"][wildcards.zoo]
        recipe = recipe_of_task(zoo["finetuning"], wildcards.task)
        if recipe.get("epochs") == "task":
            folder = self.config["datasets"][zoo["dataset"]]["folder"]
            recipe["epochs"] = read_task(f"{folder}/{wildcards.task}.yaml").epochs
        return recipe

    def regularizer_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the regularizer of the zoo, if it has one."""
        regularizer = self.config["zoos"][wildcards.zoo]["finetuning"].get("regularizer")
        if regularizer is None:
            return ()
        file = f"mergeability/finetuning/regularizers/{regularizer['method']}.py"
        return code(file, beside="checkpoints/finetune_checkpoint.py")

    def calibration_settings(self, size: str) -> Callable[[Wildcards], dict[str, int]]:
        """Param: how many samples to draw of each task, by that key of the config, and the seed."""

        def settings(wildcards: Wildcards) -> dict[str, int]:
            zoo = self.config["zoos"][wildcards.zoo]
            return {"samples": zoo["calibration"][size], "seed": zoo["seed"]}

        return settings

    def sketch_data(self, wildcards: Wildcards) -> dict[str, str | list[str]]:
        """Inputs by name: images and head for data-driven metrics; none if only weights matter."""
        shared = self.shared_sketch_data(wildcards)
        if not shared:
            return {}
        own = {"own": self.file(layout.CALIBRATION)(wildcards)} if "common" in shared else {}
        return {**shared, **own, "head": self.file(layout.HEAD)(wildcards)}

    def shared_sketch_data(self, wildcards: Wildcards) -> dict[str, str | list[str]]:
        """What data-driven metrics need that is the same for all checkpoints of the zoo."""
        zoo, needs = wildcards.zoo, {FAMILIES[family].needs for family in self.families}
        if needs == {"weights"}:
            return {}
        shared: dict[str, str | list[str]] = {
            "architecture": self.file(layout.ARCHITECTURE)(wildcards)
        }
        if "calibration" in needs:
            shared["common"] = self.common_calibration(zoo)
        if "probes" in needs:
            shared["probes"] = self.files(layout.PROBES, zoo, task=self.probed_tasks(wildcards))
        return shared

    def common_calibration(self, zoo: str) -> list[str]:
        """The calibration samples that all checkpoints of a zoo look at."""
        tasks = self.config["zoos"][zoo]["calibration"]["tasks"]
        common = self.tasks(zoo) if tasks == "all" else sorted(tasks)
        return self.files(layout.CALIBRATION, zoo, task=common)

    def probed_tasks(self, wildcards: Wildcards) -> list[str]:
        """Param: the tasks whose probe samples checkpoints look at: all, since partners vary."""
        probing = any(FAMILIES[family].needs == "probes" for family in self.families)
        return self.tasks(wildcards.zoo) if probing else []

    @property
    def sketch_settings(self) -> dict[str, Any]:
        """Param: which families to sketch for, and how much of the spectra."""
        metrics = self.config["metrics"]
        return {
            "families": self.families,
            "spectrum_size": metrics["spectrum_size"],
            "subspace_rank": metrics["subspace_rank"],
        }

    # Merges.

    def evaluation_jobs(
        self, rule: str = "evaluate_merge"
    ) -> list[tuple[str, str, tuple[str, ...]]]:
        """Of every kind of evaluation job: name, pattern of its zoo, and its pairs."""
        return self._pair_jobs(rule, self.evaluated_zoos)

    def metric_jobs(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Of every kind of job that computes metrics: name, pattern of its zoo, and its pairs."""
        return self._pair_jobs("compute_pair_metrics", self.built_zoos)

    def _pair_jobs(self, rule: str, zoos: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
        """The jobs of a rule that handles pairs of zoos, `pairs_per_job` at a time.

        With one pair per job there is one kind, whose pair is a wildcard; else one per bundle.
        """
        size = self.config["evaluation"]["pairs_per_job"]
        if size == 1:
            return [(rule, layout.WILDCARDS["zoo"], ("{pair}",))]
        return [
            (f"{rule}_{zoo}_{bundle.name}", re.escape(zoo), bundle.pairs)
            for zoo in zoos
            for bundle in bundle_pairs(self.listed_tasks(zoo), size)
        ]

    def sketches_of(self, pairs: Sequence[str]) -> Files:
        """Input: the sketches of all tasks of some pairs, in the order of tasks."""

        def find(wildcards: Wildcards) -> list[str]:
            tasks = tasks_of(pair.format(**dict(wildcards.items())) for pair in pairs)
            return self.files(layout.SKETCH, wildcards.zoo, task=tasks)

        return find

    def evaluation_data(
        self,
        pairs: Sequence[str],
        tests: str = layout.TEST_SPLIT,
        singles: str = layout.SINGLE_EVALUATION,
    ) -> Callable[[Wildcards], dict[str, Any]]:
        """Inputs by name: what an evaluation job merges and tests, in the order of its tasks.

        `tests` and `singles` as in `merged_data`.
        One function for all of them: Snakemake spends more on each call than the call does.
        """

        def find(wildcards: Wildcards) -> dict[str, Any]:
            known = dict(wildcards.items())
            tasks = tasks_of(pair.format(**known) for pair in pairs)
            return self.merged_data(wildcards, tasks, tests, singles)

        return find

    def merged_data(
        self,
        wildcards: Wildcards,
        tasks: Sequence[str],
        tests: str = layout.TEST_SPLIT,
        singles: str = layout.SINGLE_EVALUATION,
    ) -> dict[str, Any]:
        """Inputs by name: what is needed to merge and test checkpoints of these tasks.

        `tests` and `singles` are the patterns of images and of the checkpoints' accuracies on them.
        """
        per_task = {
            "checkpoints": layout.CHECKPOINT,
            "heads": layout.HEAD,
            "tests": tests,
            "singles": singles,
        }
        return {
            "architecture": self.file(layout.ARCHITECTURE)(wildcards),
            "pretrained": self.file(layout.VISION_TOWER)(wildcards),
            **self._beside_weights(wildcards, tasks),
            **{
                name: self.files(pattern, wildcards.zoo, task=tasks)
                for name, pattern in per_task.items()
            },
        }

    def merge_data(self, wildcards: Wildcards) -> dict[str, Any]:
        """Inputs by name: what the merge of a pair is made of."""
        tasks = split_pair(wildcards.pair)
        return {
            "pretrained": self.file(layout.VISION_TOWER)(wildcards),
            "checkpoints": self.of_both_tasks(layout.CHECKPOINT)(wildcards),
            **self._beside_weights(wildcards, tasks),
        }

    def _beside_weights(self, wildcards: Wildcards, tasks: Sequence[str]) -> dict[str, Any]:
        """Inputs by name: what a merger must know beside weights, where it needs anything."""
        tuned = TUNE in self.config["mergers"][wildcards.merger]
        chosen = {"tuning": self.file(layout.TUNING)(wildcards)} if tuned else {}
        return {**self._statistics(wildcards, tasks), **chosen}

    def _statistics(self, wildcards: Wildcards, tasks: Sequence[str]) -> dict[str, list[str]]:
        """Input by name: statistics of the tasks, for mergers that ask for some."""
        kind = merger_statistics(self.config["mergers"][wildcards.merger]["method"])
        if kind is None:
            return {}
        return {"statistics": self.files(layout.STATISTICS, wildcards.zoo, kind=kind, task=tasks)}

    def of_both_tasks(self, pattern: str) -> Files:
        """Input: the files of the two tasks of the pair that the rule is about."""
        return lambda wildcards: self.files(pattern, wildcards.zoo, task=split_pair(wildcards.pair))

    def merge_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: method, parameters and seed of the merger in this zoo."""
        entry = self.config["mergers"][wildcards.merger]
        return {
            "method": entry["method"],
            "parameters": parameters_of(entry),
            "seed": self.config["zoos"][wildcards.zoo]["seed"],
        }

    def merger_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the merger alone."""
        method = self.config["mergers"][wildcards.merger]["method"]
        return code(f"mergeability/mergers/{method}.py", beside="mergeability/mergers/__init__.py")


def _of_source(entries: Mapping[str, Any], source: str) -> list[str]:
    return sorted(name for name, entry in entries.items() if entry["source"] == source)


def job_title(pairs: Sequence[str]) -> str:
    """What the message of an evaluation job calls its pairs."""
    title = pairs[0].replace("{", "{wildcards.")
    return f"{title} and {len(pairs) - 1} more" if len(pairs) > 1 else title


def drawing_module(task: str) -> str:
    """The library file that draws a task of the tiny zoo."""
    return f"mergeability/datasets/tiny/{TINY_TASKS[task].module}.py"


def drawing_modules() -> list[str]:
    """All library files that draw; pretraining draws images of every kind."""
    return sorted(set(map(drawing_module, TINY_TASKS)))


def parameters_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an entry of mergers: all its keys but the method."""
    return {key: entry[key] for key in sorted(entry) if key != "method"}
