"""The zoos of a configuration: their tasks, and the files that exist for them.

Lists come in the order of names, so that reordering the config changes no rule's inputs or params.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from mergeability.analysis.ablations import ablations_of
from mergeability.datasets.catalog import BENCHMARKS
from mergeability.measurements.folder import Measurements, find_measurements
from mergeability.metrics.registry import PAPER_FAMILIES, metric_names
from mergeability.naming import all_pairs
from mergeability.prediction.registry import PREDICTORS, Predictor
from mergeability.workflow.predictor_entries import metrics_of

Wildcards = Any
Files = Callable[[Wildcards], list[str]]


class Zoos:
    """What a checked configuration says of its zoos, and the patterns of `layout` filled in."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.zoos = sorted(zoo for zoo, entry in config["zoos"].items() if _wanted(entry, config))
        self.mergers = sorted(config["mergers"])
        self.predictors = sorted(config["prediction"]["predictors"])
        self.targets = sorted(config["prediction"]["targets"])
        self.families = sorted(config["metrics"]["families"])
        self.protocols = sorted(config["prediction"]["protocols"])
        self.pooled_protocols = [name for name in self.protocols if name != "loto"]
        self.comparisons = sorted(config.get("comparisons", {}))
        self.measured_zoos = self._zoos_with("measurements")
        self.imported_zoos = self._zoos_with("checkpoints")
        self.finetuned_zoos = self._zoos_with("finetuning")
        self.built_zoos = sorted([*self.imported_zoos, *self.finetuned_zoos])
        # Where there are no images, checkpoints are compared and no merge is evaluated.
        self.evaluated_zoos = [z for z in self._zoos_with("dataset") if z in self.built_zoos]
        self.screened_zoos = [zoo for zoo in self.built_zoos if zoo not in self.evaluated_zoos]
        self.scored_zoos = [zoo for zoo in self.zoos if zoo not in self.screened_zoos]

    def _zoos_with(self, key: str) -> list[str]:
        return [zoo for zoo in self.zoos if key in self.config["zoos"][zoo]]

    def measurements(self, zoo: str) -> Measurements:
        """The files behind a zoo that is not built but measured already."""
        entry = self.config["zoos"][zoo]["measurements"]
        return find_measurements(entry, tuple(self.mergers))

    def tasks(self, zoo: str) -> list[str]:
        """Tasks of a zoo."""
        if zoo in self.measured_zoos:
            return list(self.measurements(zoo).tasks)
        return sorted(self.listed_tasks(zoo))

    def listed_tasks(self, zoo: str) -> list[str]:
        """Tasks of a zoo that is built, in the order of the config."""
        entry = self.config["zoos"][zoo]
        if zoo in self.imported_zoos:
            return list(entry["checkpoints"])
        return list(BENCHMARKS.get(str(entry["tasks"]), entry["tasks"]))

    def has_metrics(self, zoo: str) -> bool:
        """Whether the metrics of the zoo's pairs are known, or to be computed."""
        return zoo in self.built_zoos or self.measurements(zoo).metrics is not None

    def metrics(self) -> list[str]:
        """The metrics that analyses look at: the paper's, of the configured families; sorted."""
        return sorted(metric_names([name for name in self.families if name in PAPER_FAMILIES]))

    def files(self, pattern: str, zoo: str, **given: Any) -> list[str]:
        """The files that a pattern stands for in a zoo; wildcards not given take all their values.

        A given value may be one name or several. Backbone and dataset are those of the zoo.
        """
        entry = self.config["zoos"][zoo]
        known = {"zoo": zoo, **given}
        known |= {name: entry[name] for name in ("backbone", "dataset") if name in entry}
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

    def every(self, *patterns: str) -> Files:
        """Input: all files of some patterns that agree with the wildcards of the rule."""
        return lambda wildcards: [
            file for pattern in patterns for file in self.files(pattern, **dict(wildcards.items()))
        ]

    def of_zoos(self, zoos: Sequence[str], *patterns: str) -> list[str]:
        """The files of several patterns in some zoos."""
        return [file for zoo in zoos for pattern in patterns for file in self.files(pattern, zoo)]

    def _values(self, name: str, zoo: str) -> list[str]:
        if name in {"task", "held_out_task"}:
            return self.tasks(zoo)
        if name == "pair":
            return all_pairs(self.tasks(zoo))
        if name == "predictor":
            return self.predictors_of(zoo)
        return {
            "merger": self.mergers,
            "target": self.targets,
            "protocol": self.protocols,
            "pooled_protocol": self.pooled_protocols,
            "ablation": self.ablations,
        }[name]

    @property
    def ablations(self) -> list[str]:
        """What is varied of some predictor."""
        return sorted({name for entry in self.varied().values() for name in ablations_of(entry)})

    def varied(self) -> dict[str, str]:
        """The predictors whose settings are varied, and their methods."""
        entries = self.config["prediction"]["predictors"]
        return {name: entries[name]["method"] for name in self.config["analysis"]["predictors"]}

    def predictors_of(self, zoo: str) -> list[str]:
        """The predictors for which all they look at is known of the zoo, or to be computed.

        A zoo that was measured elsewhere has at most the paper's metrics, and merges nothing here.
        """
        if zoo in self.evaluated_zoos:
            return self.predictors
        known = set(metric_names(PAPER_FAMILIES) if self.has_metrics(zoo) else ())
        return [
            name
            for name in self.predictors
            if known.issuperset(self.metrics_of(name)) and not self.method_of(name).merges
        ]

    def metrics_of(self, predictor: str) -> list[str]:
        """The metrics that a predictor looks at, sorted."""
        return metrics_of(self.config["prediction"]["predictors"][predictor], self.families)

    def method_of(self, predictor: str) -> Predictor:
        """What is known of the method of a predictor."""
        return PREDICTORS[self.config["prediction"]["predictors"][predictor]["method"]]


def _wanted(entry: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether a zoo is part of the study: all but optional ones that were not measured."""
    measured = entry.get("measurements", {})
    if not measured.get("optional"):
        return True
    try:
        find_measurements(measured, tuple(sorted(config["mergers"])))
    except ValueError:
        return False
    return True
