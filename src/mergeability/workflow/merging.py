"""Inputs and params of the rules in merging.smk: merges of pairs, tuning, statistics, costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mergeability.naming import split_pair, stable_seed, tasks_of
from mergeability.plugins import EXAMPLES, merger_statistics
from mergeability.sets.names import set_name, split_set
from mergeability.tuning.parameters import TUNE, fixed_parameters, parameters_of
from mergeability.workflow import paths
from mergeability.workflow.bundles import ANY_PAIR, Job, bundle_pairs, jobs_of_bundles

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


class Samples(NamedTuple):
    """Examples that merges are tested on, the accuracies that normalise, and what comes out.

    `rule` and `single_rule` name the rules of merges and of checkpoints, `title` says in messages
    what is done. The rest are patterns.
    """

    rule: str
    single_rule: str
    title: str
    examples: str
    singles: str
    merges: str


TESTS = Samples(
    "evaluate_merge", "evaluate_checkpoint", "Evaluating", paths.TEST_SPLIT,
    paths.SINGLE_EVALUATION, paths.MERGE_EVALUATION,
)  # fmt: skip
# A few labelled training examples per task; merges are tested on them for a reference.
PROBES = Samples(
    "probe_merge", "probe_checkpoint", "Probing", paths.PROBES,
    paths.PROBED_SINGLE, paths.PROBED_MERGE,
)  # fmt: skip
# What mergers look at that run encoders themselves: never test images.
_OF_EXAMPLES = {"calibration": paths.CALIBRATION, "heads": paths.HEAD}


@dataclass(frozen=True)
class Merging:
    """Of the config's `mergers`."""

    study: "Study"

    @property
    def tested_samples(self) -> list[Samples]:
        """What merges are tested on: probe samples only where a predictor merges."""
        return [TESTS, PROBES] if self.study.prediction.merges else [TESTS]

    @property
    def evaluation_files(self) -> list[str]:
        """Targets: what the merges of pairs do on all these examples, and what was tuned."""
        patterns = [samples.merges for samples in self.tested_samples]
        files = self.study.of_zoos(self.study.zoos_that_are("has_examples"), *patterns)
        files += self.study.of_zoos(self.study.zoos_that_are("has_commands"), TESTS.merges)
        for zoo in self.study.zoos_that_are("validated"):
            files += self.study.files(paths.VALIDATION, zoo)
            files += self.study.files(paths.TUNING, zoo, merger=self.tuned)
        return files

    def jobs(self, rule: str, kind: str) -> list[Job]:
        """The kinds of job of a rule that evaluates pairs of zoos of this kind.

        Those of a design have a job each: which others will be confirmed is not known beforehand.
        """
        zoos = self.study.zoos_that_are(kind)
        designed = set(self.study.zoos_that_are("designed", kind))
        whole = self.jobs_of_pairs(rule, [zoo for zoo in zoos if zoo not in designed])
        single = jobs_of_bundles(f"{rule}_of_design", ANY_PAIR, sorted(designed), 1, lambda _: [])
        return whole + single if designed else whole

    def jobs_of_pairs(self, rule: str, zoos: Sequence[str]) -> list[Job]:
        """The kinds of job of a rule that handles all pairs of some zoos."""
        size = self.study.targets_per_job("pairs")
        tasks = self.study.zoos
        return jobs_of_bundles(
            rule, ANY_PAIR, zoos, size, lambda zoo: bundle_pairs(tasks[zoo].listed_tasks, size)
        )

    def inputs(self, job: Job, samples: Samples) -> Callable[[Any], dict[str, Any]]:
        """Inputs by name: what an evaluation job merges and tests, in the order of its tasks.

        One function for all of them: Snakemake spends more on each call than the call does.
        """

        def find(wildcards: Any) -> dict[str, Any]:
            return self.tested_inputs(wildcards, tasks_of(job.names(wildcards)), samples)

        return find

    def tested_inputs(
        self, wildcards: Any, tasks: Sequence[str], samples: Samples = TESTS
    ) -> dict[str, Any]:
        """Inputs by name: what is needed to merge and test checkpoints of these tasks."""
        per_task = {
            "checkpoints": paths.CHECKPOINT,
            "heads": paths.HEAD,
            "tests": samples.examples,
            "singles": samples.singles,
        }
        return {
            "architecture": self.study.file(paths.ARCHITECTURE)(wildcards),
            "pretrained": self.study.file(paths.VISION_TOWER)(wildcards),
            **self._beside_weights(wildcards, tasks),
            **self._of_tasks(per_task, wildcards.zoo, tasks),
        }

    def commanded_inputs(self, job: Job) -> Callable[[Any], dict[str, Any]]:
        """Inputs by name: what an evaluation job merges and gives to commands."""
        return lambda wildcards: self.commanded_inputs_of(
            wildcards.zoo, tasks_of(job.names(wildcards))
        )

    def commanded_inputs_of(self, zoo: str, tasks: Sequence[str]) -> dict[str, Any]:
        """The same for some tasks."""
        per_task = {"records": paths.CHECKPOINT_IN_PLACE, "singles": paths.SINGLE_EVALUATION}
        files = self.study.checkpoints.command_files_of(zoo, tasks)
        return {**self._of_tasks(per_task, zoo, tasks), "files": files}

    def commands(self, job: Job) -> Callable[[Any], dict[str, Any]]:
        """Param: what evaluates a merge on each task of a job's pairs."""
        return lambda wildcards: self.study.checkpoints.commands_of(
            wildcards.zoo, tasks_of(job.names(wildcards))
        )

    def merge_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: what the merge of a pair is made of."""
        tasks = split_pair(wildcards.pair)
        return {
            "architecture": self.study.file(paths.ARCHITECTURE)(wildcards),
            "pretrained": self.study.file(paths.VISION_TOWER)(wildcards),
            "checkpoints": self.study.files(paths.CHECKPOINT, wildcards.zoo, task=tasks),
            **self._beside_weights(wildcards, tasks),
        }

    def set_records(self, wildcards: Any) -> list[str]:
        """Input: the records of the checkpoints of a set, of any architecture."""
        tasks = split_set(wildcards.set)
        return self.study.files(paths.CHECKPOINT_IN_PLACE, wildcards.zoo, task=tasks)

    @property
    def written(self) -> list[str]:
        """Targets: the merges that zoos ask for as models."""
        return [
            paths.MERGED_MODEL.format(zoo=name, merger=merger, set=set_name(split_set(merged)))
            for name, zoo in self.study.zoos.items()
            for merger, asked in sorted(zoo.entry.get("merges", {}).items())
            for merged in sorted(asked)
        ]

    def settings(self, wildcards: Any) -> dict[str, Any]:
        """Param: method, parameters and seed of the merger in this zoo."""
        entry = self.study.config["mergers"][wildcards.merger]
        return {
            "method": entry["method"],
            "parameters": parameters_of(entry),
            "seed": self.study.zoos[wildcards.zoo].seed,
        }

    def modules(self, wildcards: Any) -> list[str]:
        """Modules: the merger alone."""
        return [f"mergers.{self.study.config['mergers'][wildcards.merger]['method']}"]

    def _beside_weights(self, wildcards: Any, tasks: Sequence[str]) -> dict[str, Any]:
        """Inputs by name: what a merger must know beside weights, where it needs anything."""
        tuned = wildcards.merger in self.tuned
        chosen = {"tuning": self.study.file(paths.TUNING)(wildcards)} if tuned else {}
        return {**self._statistics(wildcards, tasks), **chosen}

    def _statistics(self, wildcards: Any, tasks: Sequence[str]) -> dict[str, list[str]]:
        """Inputs by name: statistics of the tasks, or samples, for mergers that ask for some."""
        kind = merger_statistics(self.study.config["mergers"][wildcards.merger]["method"])
        if kind is None:
            return {}
        if kind == EXAMPLES:
            return self._of_tasks(_OF_EXAMPLES, wildcards.zoo, tasks)
        files = self.study.files(paths.STATISTICS, wildcards.zoo, kind=kind, task=tasks)
        return {"statistics": files}

    def _of_tasks(
        self, patterns: dict[str, str], zoo: str, tasks: Sequence[str]
    ) -> dict[str, list[str]]:
        return {name: self.study.files(p, zoo, task=tasks) for name, p in patterns.items()}

    # Tuning.

    @property
    def tuned(self) -> list[str]:
        """The mergers that have a parameter to choose."""
        return [name for name in self.study.mergers if TUNE in self.study.config["mergers"][name]]

    def tuning_pairs(self, wildcards: Any) -> list[str]:
        """Param: the pairs to tune on, all or those that come first in an order of their own.

        That order follows from names and seed, so that a new task replaces few pairs.
        """
        zoo = self.study.zoos[wildcards.zoo]
        ranked = sorted(zoo.pairs, key=lambda pair: stable_seed(zoo.seed, "tuning", pair))
        return sorted(ranked[: zoo.entry["validation"].get("pairs")])

    def tuning_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: what is merged and tested to tune a merger, in the order of tasks."""
        tasks = tasks_of(self.tuning_pairs(wildcards))
        per_task = {
            "checkpoints": paths.CHECKPOINT,
            "heads": paths.HEAD,
            "validation": paths.VALIDATION,
        }
        return {
            "architecture": self.study.file(paths.ARCHITECTURE)(wildcards),
            "pretrained": self.study.file(paths.VISION_TOWER)(wildcards),
            **self._statistics(wildcards, tasks),
            **self._of_tasks(per_task, wildcards.zoo, tasks),
        }

    # What mergers cost.

    def timed_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: two checkpoints, their statistics by kind, and samples where needed."""
        zoo = self.study.zoos[wildcards.zoo]
        tasks = zoo.tasks[:2]
        statistics = {
            kind: self.study.files(paths.STATISTICS, zoo.name, kind=kind, task=tasks)
            for kind in self.statistics_kinds
            if kind != EXAMPLES
        }
        if EXAMPLES in self.statistics_kinds:
            statistics |= self._of_tasks(_OF_EXAMPLES, zoo.name, tasks)
        return {
            "architecture": self.study.file(paths.ARCHITECTURE)(wildcards),
            "pretrained": self.study.file(paths.VISION_TOWER)(wildcards),
            "checkpoints": self.study.files(paths.CHECKPOINT, zoo.name, task=tasks),
            **statistics,
        }

    @property
    def statistics_kinds(self) -> list[str]:
        """Param: what some merger must know of checkpoints beside their weights."""
        return sorted({kind for kind in map(merger_statistics, self._methods) if kind})

    @property
    def all_modules(self) -> list[str]:
        """Modules: all mergers."""
        return [f"mergers.{method}" for method in self._methods]

    @property
    def timed(self) -> dict[str, Any]:
        """Param: method and parameters of all mergers; what is tuned keeps its default."""
        entries = self.study.config["mergers"]
        return {
            name: {
                "method": entries[name]["method"],
                "parameters": fixed_parameters(parameters_of(entries[name])),
            }
            for name in self.study.mergers
        }

    @property
    def _methods(self) -> list[str]:
        return sorted({entry["method"] for entry in self.study.config["mergers"].values()})
