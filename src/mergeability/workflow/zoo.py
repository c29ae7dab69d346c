"""A zoo as the config describes it: its tasks, where its checkpoints come from, what is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mergeability.datasets.catalog import BENCHMARKS
from mergeability.measurements.folder import Measurements, find_measurements
from mergeability.measurements.zero_shot import METRICS as ZERO_SHOT_METRICS
from mergeability.naming import all_pairs, pair_name, split_pair
from mergeability.prediction.designs import design

ALL = "all"
IN_PLACE = "weights"  # the source of backbones whose models are read where they are


@dataclass(frozen=True)
class Zoo:
    """One entry of `zoos`. `listed_tasks` keep the order of the config; `tasks` are sorted.

    `measured` names the files of a zoo whose merges were evaluated elsewhere, by merger. `asked` is
    which pairs are to be merged here: `all`, or a design. `in_place`: its models are of any
    architecture, and stay where they are.
    """

    name: str
    entry: Mapping[str, Any]
    listed_tasks: tuple[str, ...]
    measured: Measurements | None = None
    asked: str | Mapping[str, Any] = ALL
    in_place: bool = False

    @property
    def tasks(self) -> list[str]:
        """Tasks in lexicographic order."""
        return sorted(self.listed_tasks)

    @property
    def pairs(self) -> list[str]:
        """Names of all pairs of its tasks."""
        return all_pairs(self.listed_tasks)

    @property
    def merged_pairs(self) -> list[str]:
        """Names of the pairs that are merged and tested; the others are predicted."""
        if isinstance(self.asked, str):
            return self.pairs
        also = {pair_name(*split_pair(pair)) for pair in self.asked.get("also", [])}
        return sorted({*design(self.listed_tasks, self.asked["partners"]), *also} & {*self.pairs})

    @property
    def designed(self) -> bool:
        """Whether only some of its pairs are merged, and which predictor completes the others."""
        return self.evaluated and not isinstance(self.asked, str)

    @property
    def proxies(self) -> list[str]:
        """Zoos whose merges tell of those here."""
        return sorted(self.entry.get("proxies", []))

    @property
    def seed(self) -> int:
        """The seed of a zoo that is built here."""
        return int(self.entry["seed"])

    @property
    def finetuned(self) -> bool:
        """Whether its checkpoints are fine-tuned here."""
        return "finetuning" in self.entry

    @property
    def imported(self) -> bool:
        """Whether its checkpoints are files made elsewhere."""
        return "checkpoints" in self.entry

    @property
    def built(self) -> bool:
        """Whether there are checkpoints, to compute metrics of."""
        return self.measured is None

    @property
    def of_encoders(self) -> bool:
        """Whether these are encoders of a known architecture, each a file of the zoo."""
        return self.built and not self.in_place

    @property
    def has_examples(self) -> bool:
        """Whether there are images or texts, to evaluate merges with."""
        return self.built and "dataset" in self.entry

    @property
    def has_commands(self) -> bool:
        """Whether commands evaluate its checkpoints and merges."""
        return self.built and "commands" in self.entry

    @property
    def evaluated(self) -> bool:
        """Whether its checkpoints and merges are evaluated here."""
        return self.has_examples or self.has_commands

    @property
    def screened(self) -> bool:
        """Whether its checkpoints can be compared by their weights alone."""
        return self.built and not self.evaluated

    @property
    def scored(self) -> bool:
        """Whether accuracies of merges are known or will be, to learn from."""
        return not self.screened

    @property
    def has_metrics(self) -> bool:
        """Whether metrics of its pairs are known or will be."""
        return self.measured is None or self.measured.metrics is not None

    @property
    def given_metrics(self) -> tuple[str, ...]:
        """The metrics that follow from zero-shot accuracies measured elsewhere."""
        given = self.measured is not None and self.measured.zero_shot is not None
        return ZERO_SHOT_METRICS if given else ()

    @property
    def measured_sets(self) -> bool:
        """Whether merges of sets were measured elsewhere."""
        return self.measured is not None and bool(self.measured.sets)

    @property
    def validated(self) -> bool:
        """Whether it keeps validation samples, to tune mergers on."""
        return "validation" in self.entry


def read_zoos(config: Mapping[str, Any]) -> tuple[dict[str, Zoo], list[str]]:
    """The zoos of a checked config, sorted by name, and why optional ones are not among them."""
    mergers = tuple(sorted(config["mergers"]))
    zoos, left_out = {}, []
    for name, entry in sorted(config["zoos"].items()):
        if "measurements" not in entry:
            asked = entry.get("pairs", config["evaluation"].get("pairs", ALL))
            in_place = is_in_place(entry, config)
            zoos[name] = Zoo(name, entry, _listed_tasks(entry), asked=asked, in_place=in_place)
            continue
        try:
            found = find_measurements(entry["measurements"], mergers)
        except ValueError as error:
            if not entry["measurements"].get("optional"):
                raise
            left_out.append(f"zoos.{name} is left out, since it is optional: {error}")
            continue
        zoos[name] = Zoo(name, entry, found.tasks, found)
    return zoos, left_out


def is_in_place(zoo: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether the models of a zoo, by its entry, stay where they are."""
    backbone = config.get("backbones", {}).get(zoo.get("backbone"), {})
    return backbone.get("source") == IN_PLACE


def _listed_tasks(entry: Mapping[str, Any]) -> tuple[str, ...]:
    if "checkpoints" in entry:
        return tuple(entry["checkpoints"])
    return tuple(BENCHMARKS.get(str(entry["tasks"]), entry["tasks"]))
