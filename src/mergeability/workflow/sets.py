"""Inputs and params of the rules in sets.smk: merges of more than two models."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.plugins import MERGERS
from mergeability.prediction.registry import resolve_parameters
from mergeability.sets.names import SET_PREDICTOR, split_set
from mergeability.sets.sampling import sample_sets, subsets
from mergeability.workflow import paths
from mergeability.workflow.bundles import ANY_SET, Bundle, Job, bundle_sets, jobs_of_bundles
from mergeability.workflow.prediction import predictor_module

if TYPE_CHECKING:
    from mergeability.workflow.study import Study

SET_METHOD = "ridge"  # the method that predicts a set from its own features


@dataclass(frozen=True)
class Sets:
    """Of the config's `sets`; there are none where it has no such key."""

    study: "Study"

    @property
    def zoos(self) -> list[str]:
        """The zoos whose sets are merged."""
        return self.study.zoos_that_are("evaluated") if "sets" in self.study.config else []

    @property
    def mergers(self) -> list[str]:
        """The mergers that take any number of models."""
        entries = self.study.config["mergers"]
        fixed = {m for m in entries if MERGERS.constant(entries[m]["method"], "MODELS") is not None}
        return sorted(entries.keys() - fixed)

    def drawn_of(self, zoo: str) -> tuple[str, ...]:
        """The sets that are drawn of a zoo, in the order of drawing."""
        entry = self.study.config["sets"]
        count = None if entry["count"] == "all" else entry["count"]
        return sample_sets(tuple(self.study.zoos[zoo].tasks), entry["size"], count, entry["seed"])

    def decided_of(self, zoo: str) -> tuple[str, ...]:
        """The sets for which every way to split them is measured."""
        return self.drawn_of(zoo)[: self.study.config["sets"].get("decisions", 0)]

    def parts_of(self, zoo: str) -> list[str]:
        """The sets that are merged only to decide about larger ones, in the order of these."""
        return list(dict.fromkeys(part for s in self.decided_of(zoo) for part in subsets(s)))

    # Evaluations.

    def jobs(self, rule: str, kind: str) -> list[Job]:
        """The kinds of job of a rule that evaluates sets of zoos of this kind."""
        size = self.study.targets_per_job("pairs")

        def bundles(zoo: str) -> list[Bundle]:
            kinds = {"drawn": self.drawn_of(zoo), "part": self.parts_of(zoo)}
            tasks = self.study.zoos[zoo].listed_tasks
            return [
                Bundle(f"{kind}_{bundle.name}", bundle.targets)
                for kind, sets in kinds.items()
                for bundle in bundle_sets(sets, tasks, size)
            ]

        zoos = [zoo for zoo in self.zoos if getattr(self.study.zoos[zoo], kind)]
        return jobs_of_bundles(rule, ANY_SET, zoos, size, bundles)

    def inputs(self, sets: Sequence[str]) -> Callable[[Any], dict[str, Any]]:
        """Inputs by name: what an evaluation job of sets merges and tests."""
        return lambda wildcards: self.study.merging.tested_inputs(
            wildcards, self._tasks_of(sets, wildcards)
        )

    def commanded_inputs(self, sets: Sequence[str]) -> Callable[[Any], dict[str, Any]]:
        """Inputs by name: what such a job merges and gives to commands."""
        return lambda wildcards: self.study.merging.commanded_inputs_of(
            wildcards.zoo, self._tasks_of(sets, wildcards)
        )

    def commands(self, sets: Sequence[str]) -> Callable[[Any], dict[str, Any]]:
        """Param: the commands of the tasks of such a job."""
        return lambda wildcards: self.study.checkpoints.commands_of(
            wildcards.zoo, self._tasks_of(sets, wildcards)
        )

    def _tasks_of(self, sets: Sequence[str], wildcards: Any) -> Sequence[str]:
        """The tasks of a job of sets, sorted.

        A bundle takes all tasks up to its last one, so that the inputs stay the same when one of
        its sets is drawn no more.
        """
        known = dict(wildcards.items())
        if "set" in known:
            return split_set(known["set"])
        listed = self.study.zoos[wildcards.zoo].listed_tasks
        last = max(listed.index(task) for name in sets for task in split_set(name))
        return sorted(listed[: last + 1])

    def evaluations_of(self, zoo: str) -> list[str]:
        """The evaluation files of all sets of a zoo."""
        sets = sorted([*self.drawn_of(zoo), *self.parts_of(zoo)])
        return self.study.files(paths.SET_EVALUATION, zoo, merger=self.mergers, set=sets)

    def evaluations(self, wildcards: Any) -> list[str]:
        """Input: the evaluation files of all sets of the zoo."""
        return self.evaluations_of(wildcards.zoo)

    # Predictions and decisions.

    def every(self, pattern: str) -> Callable[[Any], list[str]]:
        """Input: the files of a pattern for all mergers of sets."""
        return lambda wildcards: self.study.files(pattern, wildcards.zoo, merger=self.mergers)

    def drawn(self, wildcards: Any) -> list[str]:
        """Param: the sets to predict."""
        return sorted(self.drawn_of(wildcards.zoo))

    def decided(self, wildcards: Any) -> list[str]:
        """Param: the sets to decide about."""
        return sorted(self.decided_of(wildcards.zoo))

    @property
    def predictors(self) -> dict[str, Any]:
        """Param: method, all parameters and metrics of the predictors of pairs, by name."""
        return self.study.prediction.resolved(self.study.config["sets"]["predictors"])

    @property
    def set_predictor(self) -> dict[str, Any]:
        """Param: what predicts sets from features of their own, of all those metrics."""
        known = {m for entry in self.predictors.values() for m in entry["metrics"]}
        return {
            "method": SET_METHOD,
            "parameters": resolve_parameters(SET_METHOD, {}),
            "metrics": sorted(known),
        }

    @property
    def modules(self) -> list[str]:
        """Modules: the predictors of pairs and of sets."""
        methods = {SET_METHOD, *(entry["method"] for entry in self.predictors.values())}
        return [predictor_module(method) for method in sorted(methods)]

    # Targets.

    @property
    def files(self) -> list[str]:
        """All that the config's `sets` ask for, evaluations first."""
        evaluations = [file for zoo in self.zoos for file in self.evaluations_of(zoo)]
        return [*evaluations, *(file for zoo in self.zoos for file in self.shown(zoo))]

    def shown(self, zoo: str) -> list[str]:
        """The tables and figures about the sets of a zoo."""
        if zoo not in self.zoos:
            return []
        entry = self.study.config["sets"]
        predictors = [*sorted(entry["predictors"]), SET_PREDICTOR]
        patterns = [paths.SET_CORRELATIONS, paths.SET_CORRELATION_FIGURE]
        if "decisions" in entry:
            patterns += [paths.SET_REGRETS, paths.SET_REGRET_FIGURE]
        return [
            *self.study.of_zoos([zoo], *patterns),
            *self.study.files(paths.SET_PREDICTION_FIGURE, zoo, predictor=predictors),
        ]
