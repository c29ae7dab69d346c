"""Inputs and params of the rules in prediction.smk, and what entries of predictors stand for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.metrics.registry import PAPER_FAMILIES, metric_names
from mergeability.prediction.registry import PREDICTORS, Predictor, resolve_parameters
from mergeability.workflow import paths

if TYPE_CHECKING:
    from mergeability.workflow.study import Study

Entry = Mapping[str, Any]

# What an entry says beside the parameters of its method.
_KEYS = {"method", "families", "metric"}


def parameters_of_predictor(entry: Entry) -> dict[str, Any]:
    """All parameters of the method, defaults included; see `registry.resolve_parameters`."""
    return resolve_parameters(entry["method"], given_parameters(entry))


def given_parameters(entry: Entry) -> dict[str, Any]:
    """The parameters of the method that an entry sets."""
    return {key: value for key, value in entry.items() if key not in _KEYS}


def families_of(entry: Entry, configured: Sequence[str]) -> list[str]:
    """The families of metrics that a predictor learns from, sorted; none for methods without.

    Those the entry names, else those of the paper that are `configured`.
    """
    if not PREDICTORS[entry["method"]].uses_metrics:
        return []
    return sorted(entry.get("families", set(configured) & set(PAPER_FAMILIES)))


def metrics_of(entry: Entry, configured: Sequence[str]) -> list[str]:
    """The metrics that a predictor looks at, sorted: those of its families, or the one it names."""
    named = [entry["metric"]] if "metric" in entry else []
    return sorted([*named, *metric_names(families_of(entry, configured))])


def paper_predictor(entry: Entry, configured: Sequence[str]) -> bool:
    """Whether a predictor learns from the paper's metrics, which analyses look at."""
    return set(families_of(entry, configured)) == set(configured) & set(PAPER_FAMILIES)


def predictor_module(method: str) -> str:
    """The module that fits a method of prediction."""
    return f"prediction.predictors.{method}"


@dataclass(frozen=True)
class Prediction:
    """Of the config's `prediction`."""

    study: "Study"

    # What the config says.

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The predictors' entries by name."""
        entries: Mapping[str, Entry] = self.study.config["prediction"]["predictors"]
        return entries

    @property
    def predictors(self) -> list[str]:
        """All predictors."""
        return sorted(self.entries)

    @property
    def protocols(self) -> list[str]:
        """All protocols."""
        return sorted(self.study.config["prediction"]["protocols"])

    @property
    def pooled_protocols(self) -> list[str]:
        """Param: the protocols whose folds share a file."""
        return [name for name in self.protocols if name != "loto"]

    @property
    def merges(self) -> bool:
        """Whether a predictor merges pairs and tests them on probe samples."""
        return any(self.method_of(name).merges for name in self.predictors)

    def method_of(self, predictor: str) -> Predictor:
        """What is known of the method of a predictor."""
        return PREDICTORS[self.entries[predictor]["method"]]

    def metrics_of(self, predictor: str) -> list[str]:
        """The metrics that a predictor looks at; see `metrics_of`."""
        return metrics_of(self.entries[predictor], self.study.families)

    def predictors_of(self, zoo: str) -> list[str]:
        """The predictors for which all they look at is known of the zoo, or to be computed.

        A zoo that was measured elsewhere has at most the paper's metrics, and merges nothing here.
        """
        if self.study.zoos[zoo].evaluated:
            return self.predictors
        known = set(metric_names(PAPER_FAMILIES) if self.study.zoos[zoo].has_metrics else ())
        return [
            name
            for name in self.predictors
            if known.issuperset(self.metrics_of(name)) and not self.method_of(name).merges
        ]

    def resolved(self, predictors: Iterable[str]) -> dict[str, Any]:
        """Method, all parameters and metrics of some predictors, by name."""
        return {
            name: {
                "method": self.entries[name]["method"],
                "parameters": parameters_of_predictor(self.entries[name]),
                "metrics": self.metrics_of(name),
            }
            for name in sorted(predictors)
        }

    # Inputs and params.

    def measured_files(self, wildcards: Any) -> dict[str, str]:
        """Inputs by name: what was measured of a zoo and a merger."""
        found = self.study.zoos[wildcards.zoo].measured
        assert found is not None
        files = {"accuracies": found.accuracies, "merges": found.merges[wildcards.merger]}
        return {**files, "metrics": found.metrics} if found.metrics else files

    def measured_zoo(self, wildcards: Any) -> dict[str, Any]:
        """Param: the `measurements` entry of the zoo, and all mergers."""
        entry = self.study.zoos[wildcards.zoo].entry["measurements"]
        return {"entry": dict(entry), "mergers": self.study.mergers}

    def probed_merges(self, wildcards: Any) -> list[str]:
        """Input: what the merges of a merger do on probe samples, where a predictor asks."""
        return self.study.every(paths.PROBED_MERGE)(wildcards) if self.merges else []

    def complete_cases(self, wildcards: Any) -> dict[str, str]:
        """Input by name: the list of pairs to keep to, where the config restricts them."""
        return self.complete_cases_of(wildcards.zoo)

    def complete_cases_of(self, zoo: str) -> dict[str, str]:
        """`complete_cases` of a zoo whose name is known."""
        restricted = self.study.config["prediction"]["complete_cases"]
        if not restricted or not self.study.zoos[zoo].has_metrics:
            return {}
        return {"complete": paths.COMPLETE_PAIRS.format(zoo=zoo)}

    def method(self, wildcards: Any) -> str:
        """Param: the method of the predictor."""
        return str(self.entries[wildcards.predictor]["method"])

    def parameters(self, wildcards: Any) -> dict[str, Any]:
        """Param: all parameters of the predictor, defaults included."""
        return parameters_of_predictor(self.entries[wildcards.predictor])

    def metrics(self, wildcards: Any) -> list[str]:
        """Param: the columns of the pairs table that the predictor looks at, beside accuracies."""
        if self.method_of(wildcards.predictor).merges:
            return [f"probe_{wildcards.target}"]
        return self.metrics_of(wildcards.predictor)

    def modules(self, wildcards: Any) -> list[str]:
        """Modules: the predictor alone."""
        return [predictor_module(self.method(wildcards))]

    @property
    def files(self) -> list[str]:
        """Targets: pairs tables, predictions of every fold, and their summaries."""
        return self.study.of_zoos(
            self.study.zoos_that_are("scored"), paths.PAIRS, paths.FOLD, paths.FOLD_DIAGNOSTICS,
            paths.FOLDS, paths.FOLDS_DIAGNOSTICS, paths.SUMMARY, paths.COMPARISON, paths.LEFT_OUT,
            paths.CHOICES,
        )  # fmt: skip
