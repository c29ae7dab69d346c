"""Inputs and params of the rules in prediction.smk, and what entries of predictors stand for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.metrics.registry import PAPER_FAMILIES, metric_names
from mergeability.prediction.registry import PREDICTORS, PROXY, Predictor, resolve_parameters
from mergeability.workflow import paths

if TYPE_CHECKING:
    from mergeability.workflow.study import Study

Entry = Mapping[str, Any]

# What an entry says beside the parameters of its method.
_KEYS = {"method", "families", "also", "metric", "proxies", "learn_from"}


def parameters_of_predictor(entry: Entry) -> dict[str, Any]:
    """All parameters of the method, defaults included; see `registry.resolve_parameters`."""
    return resolve_parameters(entry["method"], given_parameters(entry))


def given_parameters(entry: Entry) -> dict[str, Any]:
    """The parameters of the method that an entry sets."""
    return {key: value for key, value in entry.items() if key not in _KEYS}


def families_of(entry: Entry, configured: Sequence[str]) -> list[str]:
    """The families of metrics that a predictor learns from, sorted; none for methods without.

    Those the entry names, else, for methods that learn from nothing but metrics, those of the paper
    that are `configured`.
    """
    method = PREDICTORS[entry["method"]]
    if not method.takes_families:
        return []
    default = set(configured) & set(PAPER_FAMILIES) if method.uses_metrics else ()
    return sorted(entry.get("families", default))


def metrics_of(entry: Entry, configured: Sequence[str]) -> list[str]:
    """The metrics that a predictor looks at, sorted: those of its families, and those it names."""
    named = [entry["metric"]] if "metric" in entry else []
    return sorted({*named, *entry.get("also", []), *metric_names(families_of(entry, configured))})


def paper_predictor(entry: Entry, configured: Sequence[str]) -> bool:
    """Whether a predictor learns from the paper's metrics of one zoo, which analyses look at."""
    paper = set(configured) & set(PAPER_FAMILIES)
    return set(families_of(entry, configured)) == paper and not {"also", "learn_from"} & set(entry)


def predictor_module(method: str) -> str:
    """The module that fits a method of prediction."""
    return f"prediction.predictors.{method}"


def _merger_pairs(zoos: Iterable[str], merger: str) -> list[str]:
    """The pairs tables of a merger in some zoos."""
    return [paths.MERGER_PAIRS.format(zoo=zoo, merger=merger) for zoo in zoos]


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

    def proxies_of(self, predictor: str, zoo: str) -> list[str]:
        """The proxies of a zoo that a predictor looks at: those its entry names, else all.

        None for a predictor that looks at metrics alone.
        """
        entry, method = self.entries[predictor], self.method_of(predictor)
        if method.looks_at != "directions" and entry.get("metric") != PROXY:
            return []
        known = self.known_proxies(zoo)
        return sorted(set(entry.get("proxies", known)) & set(known))

    def known_proxies(self, zoo: str) -> list[str]:
        """The proxies of a zoo, without optional ones that are not there."""
        return [name for name in self.study.zoos[zoo].proxies if name in self.study.zoos]

    def predictors_of(self, zoo: str) -> list[str]:
        """The predictors for which all they look at is known of the zoo, or to be computed.

        A zoo that was measured elsewhere has at most the paper's metrics and those that follow from
        zero-shot accuracies, and merges nothing here. A predictor that names proxies needs them
        all; one that learns from other zoos needs one of them.
        """
        return [
            name
            for name in self.predictors
            if set(self.entries[name].get("proxies", ())) <= set(self.proxies_of(name, zoo))
            and (self.entries[name].get("metric") != PROXY or self.proxies_of(name, zoo))
            and ("learn_from" not in self.entries[name] or self.others_of(name, zoo))
            and self._knows(zoo, self.metrics_of(name))
            and (self.study.zoos[zoo].has_examples or not self.method_of(name).merges)
        ]

    def others_of(self, predictor: str, zoo: str) -> list[str]:
        """The other zoos that a predictor learns from: those that know the metrics it looks at."""
        named = sorted(set(self.entries[predictor].get("learn_from", ())) - {zoo})
        used = self.metrics_of(predictor)
        return [name for name in named if name in self.study.zoos and self._knows(name, used)]

    def _knows(self, zoo: str, metrics: Iterable[str]) -> bool:
        """Whether all of some metrics are known of the pairs of a zoo, or to be computed."""
        found = self.study.zoos[zoo]
        if found.evaluated:
            return True
        known = {PROXY, *(metric_names() if found.has_metrics else ())}
        return found.scored and known.union(found.given_metrics).issuperset(metrics)

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
        if found.metrics:
            files["metrics"] = found.metrics
        if found.zero_shot:
            files["zero_shot"] = found.zero_shot.path
        return files

    def measured_zoo(self, wildcards: Any) -> dict[str, Any]:
        """Param: the `measurements` entry of the zoo, and all mergers."""
        entry = self.study.zoos[wildcards.zoo].entry["measurements"]
        return {"entry": dict(entry), "mergers": self.study.mergers}

    def probed_merges(self, wildcards: Any) -> list[str]:
        """Input: what the merges of a merger do on probe samples, where a predictor asks."""
        probed = self.merges and self.study.zoos[wildcards.zoo].has_examples
        return self.study.every(paths.PROBED_MERGE)(wildcards) if probed else []

    def complete_cases(self, wildcards: Any) -> dict[str, str]:
        """Input by name: the list of pairs to keep to, where the config restricts them."""
        return self.complete_cases_of(wildcards.zoo)

    def complete_cases_of(self, zoo: str) -> dict[str, str]:
        """`complete_cases` of a zoo whose name is known."""
        restricted = self.study.config["prediction"]["complete_cases"]
        if not restricted or not self.study.zoos[zoo].has_metrics:
            return {}
        return {"complete": paths.COMPLETE_PAIRS.format(zoo=zoo)}

    def proxies(self, wildcards: Any, zoo: str | None = None) -> list[str]:
        """Param: the other zoos that the predictor looks at; its own is a wildcard or given."""
        return self.proxies_of(wildcards.predictor, zoo or wildcards.zoo)

    def proxy_tables(self, wildcards: Any, zoo: str | None = None) -> list[str]:
        """Input: what the merger did to pairs in these zoos."""
        return _merger_pairs(self.proxies(wildcards, zoo), wildcards.merger)

    def others(self, wildcards: Any, zoo: str) -> list[str]:
        """Param: the other zoos that the predictor learns from."""
        return self.others_of(wildcards.predictor, zoo)

    def other_tables(self, wildcards: Any, zoo: str) -> list[str]:
        """Input: what the merger did to pairs in these zoos."""
        return _merger_pairs(self.others(wildcards, zoo), wildcards.merger)

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

    # Pairs that a design leaves out.

    def completion(self, wildcards: Any) -> dict[str, Any]:
        """Param: what predicts the pairs that were not merged: see `fit_fold`."""
        asked = self.study.zoos[wildcards.zoo].asked
        assert not isinstance(asked, str)
        about = self.resolved([asked["predictor"]])[asked["predictor"]]
        return {**about, "proxies": self.proxies_of(asked["predictor"], wildcards.zoo)}

    def completion_proxies(self, wildcards: Any) -> list[str]:
        """Input: what the merger did to pairs in the proxies of that predictor."""
        return _merger_pairs(self.completion(wildcards)["proxies"], wildcards.merger)

    def completion_modules(self, wildcards: Any) -> list[str]:
        """Modules: that predictor alone."""
        return [predictor_module(self.completion(wildcards)["method"])]

    @property
    def completed_target(self) -> str:
        """Param: what is predicted: the paper's target where the study has it."""
        targets = self.study.targets
        return "normalized_accuracy" if "normalized_accuracy" in targets else str(targets[0])

    def promising(self, wildcards: Any, completed: str) -> list[str]:
        """Input: merges of the pairs that are predicted best, once it is known which these are."""
        import pandas as pd  # noqa: PLC0415 - takes long, and is needed after the checkpoint alone

        from mergeability.prediction.completion import most_promising  # noqa: PLC0415

        asked = self.study.zoos[wildcards.zoo].asked
        assert not isinstance(asked, str)
        pairs = most_promising(pd.read_parquet(completed), self.completed_target, asked["confirm"])
        return self.study.files(
            paths.MERGE_EVALUATION, wildcards.zoo, merger=wildcards.merger, pair=pairs
        )

    @property
    def completed(self) -> list[str]:
        """Targets: all pairs of the zoos that merge some of them."""
        zoos = self.study.zoos_that_are("designed")
        confirmed = [z for z in zoos if self.study.zoos[z].asked.get("confirm")]  # type: ignore[union-attr]
        return [
            *self.study.of_zoos(zoos, paths.COMPLETED),
            *self.study.of_zoos(confirmed, paths.CONFIRMED),
        ]

    # Learning curves, where the config asks for them.

    @property
    def budget(self) -> Mapping[str, Any]:
        """Param: numbers of partners and of designs to try."""
        budget = self.study.config["prediction"].get("budget", {})
        return {name: budget[name] for name in ("partners", "designs") if name in budget}

    def tried(self, zoo: str) -> list[str]:
        """The predictors that learn from designs of a zoo."""
        named = self.study.config["prediction"].get("budget", {}).get("predictors", [])
        return sorted(set(named) & set(self.predictors_of(zoo)))

    def learning_files(self, wildcards: Any) -> list[str]:
        """Input: what they learned, by predictor and merger."""
        return self._learned(paths.BUDGET, wildcards, self.tried(wildcards.zoo))

    def learning_groups(self, wildcards: Any) -> list[list[str]]:
        """Param: predictor and merger of each of these files."""
        return [file.split("/")[-3:-1] for file in self.learning_files(wildcards)]

    def learned_predictions(self, wildcards: Any) -> list[str]:
        """Input: what those said of pairs whose scores can be compared over mergers."""
        comparable = [n for n in self.tried(wildcards.zoo) if self.method_of(n).in_target_units]
        return self._learned(paths.BUDGET_PREDICTIONS, wildcards, comparable)

    def learned_groups(self, wildcards: Any) -> list[list[str]]:
        """Param: predictor and merger of each of these files."""
        return [file.split("/")[-3:-1] for file in self.learned_predictions(wildcards)]

    def _learned(self, pattern: str, wildcards: Any, predictors: list[str]) -> list[str]:
        return [
            file
            for name in predictors
            for file in self.study.files(
                pattern, wildcards.zoo, target=wildcards.target, predictor=name
            )
        ]

    # Sets that were measured elsewhere.

    def set_files(self, wildcards: Any) -> dict[str, list[str]]:
        """Inputs by name: measured sets, and the pairs of their zoo and of its proxies."""
        found = self.study.zoos[wildcards.zoo].measured
        assert found is not None
        tables = [
            f for zoo in self.set_zoos(wildcards) for f in self.study.files(paths.MERGER_PAIRS, zoo)
        ]
        return {"sets": list(found.sets.values()), "tables": tables}

    def set_zoos(self, wildcards: Any) -> list[str]:
        """Param: the zoos whose pairs tell of sets, its own first."""
        return [wildcards.zoo, *self.known_proxies(wildcards.zoo)]

    @property
    def curves(self) -> list[str]:
        """Targets: learning curves, where the config asks for them, and sets foretold by pairs."""
        zoos = [zoo for zoo in self.study.zoos_that_are("scored") if self.tried(zoo)]
        return [
            *self.study.of_zoos(
                zoos, paths.LEARNING_CURVE, paths.LEARNED_MERGERS, paths.LEARNING_FIGURE
            ),
            *self.study.of_zoos(self.study.zoos_that_are("measured_sets"), paths.SETS_FROM_PAIRS),
        ]

    @property
    def files(self) -> list[str]:
        """Targets: pairs tables, predictions of every fold, and their summaries."""
        return self.study.of_zoos(
            self.study.zoos_that_are("scored"), paths.PAIRS, paths.FOLD, paths.FOLD_DIAGNOSTICS,
            paths.FOLDS, paths.FOLDS_DIAGNOSTICS, paths.SUMMARY, paths.COMPARISON, paths.LEFT_OUT,
            paths.COEFFICIENTS, paths.REFITS, paths.CHOICES,
        ) + self.curves + self.completed  # fmt: skip
