"""What a configuration says of sets of more than two models, asked by the rules."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mergeability import layout
from mergeability.building import Building
from mergeability.sets.naming import split_set
from mergeability.sets.sampling import bundle_sets, sample_sets, subsets
from mergeability.signatures import MERGERS
from mergeability.zoos import Wildcards


class SetJob(NamedTuple):
    """A kind of evaluation job: its rule, a pattern of its zoo, its name in a zoo, and its sets."""

    rule: str
    zoo_pattern: str
    name: str
    sets: tuple[str, ...]


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

    def set_files(self) -> list[str]:
        """All that the config's `sets` ask for."""
        return [file for zoo in self.set_zoos for file in self.set_evaluations(zoo)]

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


def set_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the `sets` of a config that has no other problem."""
    if "sets" not in config:
        return
    study, entry = Sets(config), config["sets"]
    if not study.set_zoos:
        yield "sets: no zoo has checkpoints and images to evaluate merges with; leave sets out"
    if not study.set_mergers:
        yield "sets: no entry of mergers takes more than two models; add one, or leave sets out"
    for zoo in study.set_zoos:
        try:
            drawn = study.sampled_sets(zoo)
        except ValueError as error:
            yield f"sets: in zoo {zoo}, {error}"
        else:
            decisions = entry.get("decisions", 0)
            if len(drawn) < decisions:
                yield f"sets.decisions: {decisions} is more than the {len(drawn)} sets drawn"
