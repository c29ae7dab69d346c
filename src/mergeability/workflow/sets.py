"""What a configuration says of sets of more than two models, asked by the rules."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mergeability.plugins import MERGERS
from mergeability.prediction.registry import PREDICTORS, resolve_parameters
from mergeability.sets.names import SET_PREDICTOR, split_set
from mergeability.sets.sampling import bundle_sets, sample_sets, subsets
from mergeability.suggestions import unknown
from mergeability.workflow import paths as layout
from mergeability.workflow.building import Building
from mergeability.workflow.code import code
from mergeability.workflow.predictor_entries import parameters_of_predictor
from mergeability.workflow.zoos import Files, Wildcards


class SetJob(NamedTuple):
    """A kind of evaluation job: its rule, a pattern of its zoo, its name in a zoo, and its sets."""

    rule: str
    zoo_pattern: str
    name: str
    sets: tuple[str, ...]


SET_METHOD = "ridge"  # the method that predicts a set from its own features


class Sets(Building):
    """Inputs and params of the rules about sets; there are none where the config has no `sets`."""

    @property
    def set_zoos(self) -> list[str]:
        """The zoos whose sets are merged."""
        return self.evaluated_zoos if "sets" in self.config else []

    @property
    def set_mergers(self) -> list[str]:
        """The mergers that take any number of models."""
        entries = self.config["mergers"]
        return [m for m in self.mergers if MERGERS.constant(entries[m]["method"], "MODELS") is None]

    def sampled_sets(self, zoo: str) -> tuple[str, ...]:
        """The sets that are drawn of a zoo, in the order of drawing."""
        entry = self.config["sets"]
        count = None if entry["count"] == "all" else entry["count"]
        return sample_sets(tuple(self.tasks(zoo)), entry["size"], count, entry["seed"])

    def decided_sets(self, zoo: str) -> tuple[str, ...]:
        """The sets for which every way to split them is measured."""
        return self.sampled_sets(zoo)[: self.config["sets"].get("decisions", 0)]

    def set_parts(self, zoo: str) -> list[str]:
        """The sets that are merged only to decide about larger ones, in the order of these."""
        return list(dict.fromkeys(part for s in self.decided_sets(zoo) for part in subsets(s)))

    def set_evaluations(self, zoo: str) -> list[str]:
        """The evaluation files of all sets of a zoo."""
        sets = sorted([*self.sampled_sets(zoo), *self.set_parts(zoo)])
        return self.files(layout.SET_EVALUATION, zoo, merger=self.set_mergers, set=sets)

    def set_evaluation_jobs(self) -> list[SetJob]:
        """Every kind of job that evaluates sets.

        With one merge per job there is one kind, whose set is a wildcard; else one per bundle.
        """
        size = self.config["evaluation"]["pairs_per_job"]
        if size == 1 and self.set_zoos:
            return [SetJob("evaluate_set", self.one_of(self.set_zoos), "{set}", ("{set}",))]
        return [
            SetJob(f"evaluate_set_{zoo}_{name}", re.escape(zoo), name, bundle.pairs)
            for zoo in self.set_zoos
            for kind, sets in (("drawn", self.sampled_sets(zoo)), ("part", self.set_parts(zoo)))
            for bundle in bundle_sets(sets, self.listed_tasks(zoo), size)
            for name in [f"{kind}_{bundle.name}"]
        ]

    def set_evaluation_data(self, sets: Sequence[str]) -> Callable[[Wildcards], dict[str, Any]]:
        """Inputs by name: what an evaluation job of sets merges and tests.

        A bundle takes all tasks up to its last one, so that the inputs stay the same when one of
        its sets is drawn no more.
        """

        def find(wildcards: Wildcards) -> dict[str, Any]:
            known = dict(wildcards.items())
            if "set" in known:
                return self.merged_data(wildcards, split_set(known["set"]))
            listed = self.listed_tasks(wildcards.zoo)
            last = max(listed.index(task) for name in sets for task in split_set(name))
            return self.merged_data(wildcards, sorted(listed[: last + 1]))

        return find

    # Predictions and decisions.

    def every_set(self, pattern: str) -> Files:
        """Input: the files of a pattern for all mergers of sets."""
        return lambda wildcards: self.files(pattern, wildcards.zoo, merger=self.set_mergers)

    def all_set_evaluations(self, wildcards: Wildcards) -> list[str]:
        """Input: the evaluation files of all sets of the zoo."""
        return self.set_evaluations(wildcards.zoo)

    def drawn_in_zoo(self, wildcards: Wildcards) -> list[str]:
        """Param: the sets to predict."""
        return sorted(self.sampled_sets(wildcards.zoo))

    def decided_in_zoo(self, wildcards: Wildcards) -> list[str]:
        """Param: the sets to decide about."""
        return sorted(self.decided_sets(wildcards.zoo))

    @property
    def set_predictors(self) -> dict[str, Any]:
        """Param: method, all parameters and metrics of the predictors of pairs, by name."""
        entries = self.config["prediction"]["predictors"]
        return {
            name: {
                "method": entries[name]["method"],
                "parameters": parameters_of_predictor(entries[name]),
                "metrics": self.metrics_of(name),
            }
            for name in sorted(self.config["sets"]["predictors"])
        }

    @property
    def set_predictor(self) -> dict[str, Any]:
        """Param: what predicts sets from features of their own, of all those metrics."""
        known = {m for entry in self.set_predictors.values() for m in entry["metrics"]}
        return {
            "method": SET_METHOD,
            "parameters": resolve_parameters(SET_METHOD, {}),
            "metrics": sorted(known),
        }

    @property
    def set_predictor_code(self) -> tuple[str, ...]:
        """Param: the library files behind the predictors of pairs and of sets."""
        methods = {SET_METHOD, *(entry["method"] for entry in self.set_predictors.values())}
        files = [f"mergeability/prediction/{method}.py" for method in sorted(methods)]
        return code(*files, beside="sets/predict_sets.py")

    def set_files(self, zoos: Sequence[str]) -> list[str]:
        """All that the config's `sets` ask for in some zoos, evaluations first."""
        asked = [zoo for zoo in zoos if zoo in self.set_zoos]
        evaluations = [file for zoo in asked for file in self.set_evaluations(zoo)]
        return [*evaluations, *(file for zoo in asked for file in self.shown_set_files(zoo))]

    def shown_set_files(self, zoo: str) -> list[str]:
        """The tables and figures about the sets of a zoo."""
        if zoo not in self.set_zoos:
            return []
        entry = self.config["sets"]
        predictors = [*sorted(entry["predictors"]), SET_PREDICTOR]
        patterns = [layout.SET_CORRELATIONS, layout.SET_CORRELATION_FIGURE]
        if "decisions" in entry:
            patterns += [layout.SET_REGRETS, layout.SET_REGRET_FIGURE]
        return [
            *self.of_zoos([zoo], *patterns),
            *self.files(layout.SET_PREDICTION_FIGURE, zoo, predictor=predictors),
        ]


def set_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the `sets` of a config that has no other problem."""
    if "sets" not in config:
        return
    study, entry = Sets(config), config["sets"]
    if not study.set_zoos:
        yield "sets: no zoo has checkpoints and images to evaluate merges with; leave sets out"
    if not study.set_mergers:
        yield "sets: no entry of mergers takes more than two models; add one, or leave sets out"
    entries = config["prediction"]["predictors"]
    fitting = [
        name
        for name, predictor in entries.items()
        if PREDICTORS[predictor["method"]].uses_metrics
        and PREDICTORS[predictor["method"]].in_target_units
    ]
    # Others say nothing of unseen tasks, or give scores on a scale of their own.
    yield from unknown("sets.predictors", entry["predictors"], fitting)
    for zoo in study.set_zoos:
        try:
            drawn = study.sampled_sets(zoo)
        except ValueError as error:
            yield f"sets: in zoo {zoo}, {error}"
        else:
            decisions = entry.get("decisions", 0)
            if len(drawn) < decisions:
                yield f"sets.decisions: {decisions} is more than the {len(drawn)} sets drawn"
