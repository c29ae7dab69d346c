"""What a configuration says of validation samples and tuned mergers, asked by the rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.naming import all_pairs, stable_seed, tasks_of
from mergeability.plugins import MERGERS, merger_statistics
from mergeability.tuning.parameters import TUNE, fixed_parameters, tuned_parameter
from mergeability.workflow import paths as layout
from mergeability.workflow.building import Building, parameters_of
from mergeability.workflow.code import code
from mergeability.workflow.zoos import Wildcards


class Tuning(Building):
    """Inputs and params of the rules that draw validation samples, tune mergers and time them."""

    @property
    def validated_zoos(self) -> list[str]:
        """The zoos that keep validation samples."""
        return self._zoos_with("validation")

    @property
    def tuned_mergers(self) -> list[str]:
        """The mergers that have a parameter to choose."""
        return [name for name in self.mergers if TUNE in self.config["mergers"][name]]

    def validation_settings(self, wildcards: Wildcards) -> dict[str, int]:
        """Param: how many samples to draw of each task, and the seed."""
        zoo = self.config["zoos"][wildcards.zoo]
        return {"samples": zoo["validation"]["samples"], "seed": zoo["seed"]}

    def validation(self, wildcards: Wildcards) -> dict[str, str]:
        """Input by name: the samples of the task that are not for training, where there are any."""
        if wildcards.zoo not in self.validated_zoos:
            return {}
        return {"validation": self.file(layout.VALIDATION)(wildcards)}

    def tuning_pairs(self, wildcards: Wildcards) -> list[str]:
        """Param: the pairs to tune on, all or those that come first in an order of their own.

        That order follows from names and seed, so that a new task replaces few pairs.
        """
        entry = self.config["zoos"][wildcards.zoo]
        pairs = all_pairs(self.tasks(wildcards.zoo))
        ranked = sorted(pairs, key=lambda pair: stable_seed(entry["seed"], "tuning", pair))
        return sorted(ranked[: entry["validation"].get("pairs")])

    def tuning_data(self, wildcards: Wildcards) -> dict[str, Any]:
        """Inputs by name: what is merged and tested to tune a merger, in the order of tasks."""
        tasks = tasks_of(self.tuning_pairs(wildcards))
        per_task = {
            "checkpoints": layout.CHECKPOINT,
            "heads": layout.HEAD,
            "validation": layout.VALIDATION,
        }
        return {
            "architecture": self.file(layout.ARCHITECTURE)(wildcards),
            "pretrained": self.file(layout.VISION_TOWER)(wildcards),
            **self._statistics(wildcards, tasks),
            **{name: self.files(p, wildcards.zoo, task=tasks) for name, p in per_task.items()},
        }

    def tuning_files(self) -> list[str]:
        """The validation samples of all zoos, and what was chosen by them."""
        return [
            file
            for zoo in self.validated_zoos
            for file in [
                *self.files(layout.VALIDATION, zoo),
                *self.files(layout.TUNING, zoo, merger=self.tuned_mergers),
            ]
        ]

    # What mergers cost.

    def timed_merge(self, wildcards: Wildcards) -> dict[str, Any]:
        """Inputs by name: two checkpoints, and their statistics by kind."""
        tasks = self.tasks(wildcards.zoo)[:2]
        kinds = self.statistics_kinds
        return {
            "pretrained": self.file(layout.VISION_TOWER)(wildcards),
            "checkpoints": self.files(layout.CHECKPOINT, wildcards.zoo, task=tasks),
            **{k: self.files(layout.STATISTICS, wildcards.zoo, kind=k, task=tasks) for k in kinds},
        }

    @property
    def statistics_kinds(self) -> list[str]:
        """Param: what some merger must know of checkpoints beside their weights."""
        methods = {entry["method"] for entry in self.config["mergers"].values()}
        return sorted({kind for kind in map(merger_statistics, methods) if kind})

    @property
    def all_merger_code(self) -> tuple[str, ...]:
        """Param: the library files behind all mergers."""
        methods = sorted({entry["method"] for entry in self.config["mergers"].values()})
        files = [f"mergeability/mergers/{method}.py" for method in methods]
        return code(*files, beside="mergeability/mergers/__init__.py")

    @property
    def timed_mergers(self) -> dict[str, Any]:
        """Param: method and parameters of all mergers; what is tuned keeps its default."""
        entries = self.config["mergers"]
        return {
            name: {
                "method": entries[name]["method"],
                "parameters": fixed_parameters(parameters_of(entries[name])),
            }
            for name in self.mergers
        }


def tuning_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """One line per mistake in what a config says of tuning, of methods that exist."""
    tuned = {name: entry for name, entry in config["mergers"].items() if TUNE in entry}
    known = MERGERS.names()
    for name, entry in tuned.items():
        parameter, candidates = tuned_parameter(entry)
        yield from dict.fromkeys(
            problem
            for value in candidates
            for problem in MERGERS.problems(
                f"mergers.{name}.{TUNE}", entry["method"], {parameter: value}
            )
            if entry["method"] in known
        )
        if parameter in entry:
            yield f"mergers.{name}: {parameter!r} is given and tuned; keep one of the two"
    for zoo, entry in config["zoos"].items():
        if tuned and "dataset" in entry and "validation" not in entry:
            yield (
                f"zoos.{zoo}.validation: merger {min(tuned)!r} is tuned, which takes validation "
                "samples; give their number, or the value of its parameter"
            )
