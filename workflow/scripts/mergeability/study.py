"""What a configuration stands for: the answers that rules need, as functions of wildcards.

Nothing here is particular to Snakemake: wildcards are any object with the names as attributes.
Lists come in the order of names, so that reordering the config changes no rule's inputs or params.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from mergeability import layout
from mergeability.datasets.catalog import TINY_TASKS
from mergeability.dependencies import code
from mergeability.metrics.registry import FAMILIES, metric_names
from mergeability.naming import all_pairs, split_pair, tasks_of
from mergeability.plan import bundle_pairs
from mergeability.prediction.registry import PREDICTORS, resolve_parameters

Wildcards = Any
Files = Callable[[Wildcards], list[str]]


class Study:
    """A checked configuration, asked by name."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.zoos = sorted(config["zoos"])
        self.mergers = sorted(config["mergers"])
        self.predictors = sorted(config["prediction"]["predictors"])
        self.targets = sorted(config["prediction"]["targets"])
        self.families = sorted(config["metrics"]["families"])

    def tasks(self, zoo: str) -> list[str]:
        """Tasks of a zoo."""
        return sorted(self.config["zoos"][zoo]["tasks"])

    def setting(self, kind: str, *keys: str) -> Callable[[Wildcards], Any]:
        """Param: the config's value under `keys` of the zoo, merger, ... that a wildcard names."""

        def look_up(wildcards: Wildcards) -> Any:
            value = self.config[f"{kind}s"][getattr(wildcards, kind)]
            for key in keys:
                value = value[key]
            return value

        return look_up

    # Files.

    def files(self, pattern: str, zoo: str, **given: Any) -> list[str]:
        """The files that a pattern stands for in a zoo; wildcards not given take all their values.

        A given value may be one name or several. Backbone and dataset are those of the zoo.
        """
        entry = self.config["zoos"][zoo]
        known = {"zoo": zoo, "backbone": entry["backbone"], "dataset": entry["dataset"], **given}
        names = sorted(set(re.findall(r"{(\w+)}", pattern)))
        values = [known[name] if name in known else self._values(name, zoo) for name in names]
        listed = [[value] if isinstance(value, str) else list(value) for value in values]
        return [pattern.format(**dict(zip(names, c, strict=True))) for c in product(*listed)]

    def file(self, pattern: str) -> Callable[[Wildcards], str]:
        """Input: the one file of a pattern that agrees with the wildcards of the rule."""

        def find(wildcards: Wildcards) -> str:
            (file,) = self.files(pattern, **dict(wildcards.items()))
            return file

        return find

    def every(self, pattern: str) -> Files:
        """Input: all files of a pattern that agree with the wildcards of the rule."""
        return lambda wildcards: self.files(pattern, **dict(wildcards.items()))

    def all_zoos(self, *patterns: str) -> list[str]:
        """The files of several patterns in all zoos."""
        return [
            file for zoo in self.zoos for pattern in patterns for file in self.files(pattern, zoo)
        ]

    def _values(self, name: str, zoo: str) -> list[str]:
        if name in {"task", "held_out_task"}:
            return self.tasks(zoo)
        if name == "pair":
            return all_pairs(self.tasks(zoo))
        return {"merger": self.mergers, "target": self.targets, "predictor": self.predictors}[name]

    # Datasets and backbones.

    def drawing_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the images of one task."""
        return code(drawing_module(wildcards.task), beside="prepare_dataset.py")

    # Checkpoints and sketches.

    def finetuning_recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: the recipe of the zoo with the number of samples that this task sees."""
        recipe = dict(self.config["zoos"][wildcards.zoo]["finetuning"])
        by_task = recipe.pop("samples_seen_by_task", {})
        recipe["samples_seen"] = by_task.get(wildcards.task, recipe["samples_seen"])
        return dict(sorted(recipe.items()))

    def calibration_settings(self, wildcards: Wildcards) -> dict[str, int]:
        """Param: how many samples to draw of each task, and the seed."""
        zoo = self.config["zoos"][wildcards.zoo]
        return {"samples": zoo["calibration"]["samples"], "seed": zoo["seed"]}

    def sketch_data(self, wildcards: Wildcards) -> dict[str, str | list[str]]:
        """Inputs by name: images and head for data-driven metrics; none if only weights matter."""
        if not any(FAMILIES[family].needs_data for family in self.families):
            return {}
        tasks = self.config["zoos"][wildcards.zoo]["calibration"]["tasks"]
        common = self.tasks(wildcards.zoo) if tasks == "all" else sorted(tasks)
        return {
            "architecture": self.file(layout.ARCHITECTURE)(wildcards),
            "head": self.file(layout.HEAD)(wildcards),
            "own": self.file(layout.CALIBRATION)(wildcards),
            "common": self.files(layout.CALIBRATION, wildcards.zoo, task=common),
        }

    # Merges.

    def evaluation_jobs(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Of every kind of evaluation job: name, pattern of its zoo, and its pairs.

        With one pair per job there is one kind, whose pair is a wildcard; else one per bundle.
        """
        size = self.config["evaluation"]["pairs_per_job"]
        if size == 1:
            return [("evaluate_merge", layout.WILDCARDS["zoo"], ("{pair}",))]
        return [
            (f"evaluate_merge_{zoo}_{bundle.name}", re.escape(zoo), bundle.pairs)
            for zoo in self.zoos
            for bundle in bundle_pairs(self.config["zoos"][zoo]["tasks"], size)
        ]

    def evaluation_data(self, pairs: Sequence[str]) -> Callable[[Wildcards], dict[str, Any]]:
        """Inputs by name: what an evaluation job merges and tests, in the order of its tasks.

        One function for all of them: Snakemake spends more on each call than the call does.
        """

        def find(wildcards: Wildcards) -> dict[str, Any]:
            known = dict(wildcards.items())
            tasks = tasks_of(pair.format(**known) for pair in pairs)
            per_task = {
                "checkpoints": layout.CHECKPOINT,
                "heads": layout.HEAD,
                "tests": layout.TEST_SPLIT,
                "singles": layout.SINGLE_EVALUATION,
            }
            return {
                "architecture": self.file(layout.ARCHITECTURE)(wildcards),
                "pretrained": self.file(layout.VISION_TOWER)(wildcards),
                **{
                    name: self.files(pattern, wildcards.zoo, task=tasks)
                    for name, pattern in per_task.items()
                },
            }

        return find

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

    # Predictions.

    def predictor_method(self, wildcards: Wildcards) -> str:
        """Param: the method of the predictor."""
        return str(self.config["prediction"]["predictors"][wildcards.predictor]["method"])

    def predictor_parameters(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: all parameters of the predictor, defaults included."""
        entry = self.config["prediction"]["predictors"][wildcards.predictor]
        return resolve_parameters(entry["method"], parameters_of(entry))

    def predictor_metrics(self, wildcards: Wildcards) -> list[str]:
        """Param: the metrics that the predictor looks at; none for a baseline."""
        used = PREDICTORS[self.predictor_method(wildcards)].uses_metrics
        return sorted(metric_names(self.families)) if used else []

    def predicts_target(self, wildcards: Wildcards) -> bool:
        """Param: whether predictions are in units of the target, or scores of their own scale."""
        return PREDICTORS[self.predictor_method(wildcards)].in_target_units

    def predictor_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the predictor alone."""
        method = self.predictor_method(wildcards)
        return code(f"mergeability/prediction/{method}.py", beside="fit_fold.py")

    # Report.

    def reported_files(self, wildcards: Wildcards) -> list[str]:
        """Input: the tables and figures of a zoo."""
        entries = self.config["prediction"]["predictors"]
        with_metrics = [p for p in self.predictors if PREDICTORS[entries[p]["method"]].uses_metrics]
        zoo = wildcards.zoo
        return [
            *self.files(layout.SUMMARY_TABLE, zoo),
            *self.files(layout.VALIDATION_FIGURE, zoo),
            *self.files(layout.ACCURACY_FIGURE, zoo),
            *self.files(layout.PREDICTION_FIGURE, zoo),
            *self.files(layout.COEFFICIENT_FIGURE, zoo, predictor=with_metrics),
        ]

    def results_text(self) -> str:
        """What a finished run says last: the summary of every zoo, and where its report is."""
        texts = []
        for zoo in self.zoos:
            (table,), (report,) = (
                self.files(layout.SUMMARY_TEXT, zoo),
                self.files(layout.REPORT, zoo),
            )
            if Path(table).is_file():
                texts.append(f"\nZoo {zoo}\n\n{Path(table).read_text()}\nReport: {report}")
        return "\n".join(texts)


def job_title(pairs: Sequence[str]) -> str:
    """What the message of an evaluation job calls its pairs."""
    title = pairs[0].replace("{pair}", "{wildcards.pair}")
    return f"{title} and {len(pairs) - 1} more" if len(pairs) > 1 else title


def drawing_module(task: str) -> str:
    """The library file that draws a task of the tiny zoo."""
    return f"mergeability/datasets/tiny/{TINY_TASKS[task].module}.py"


def drawing_modules() -> list[str]:
    """All library files that draw; pretraining draws images of every kind."""
    return sorted(set(map(drawing_module, TINY_TASKS)))


def parameters_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an entry of mergers or predictors: all its keys but the method."""
    return {key: entry[key] for key in sorted(entry) if key != "method"}
