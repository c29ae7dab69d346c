"""Inputs and params of the rules in recommendation.smk.

`zoo` is the one of the candidates' backbone, or the first proxy where none is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergeability.checkpoints.model_files import model_files
from mergeability.metrics.registry import FAMILIES, PARTS, metric_names, parts_of
from mergeability.workflow import paths
from mergeability.workflow.metrics import family_module
from mergeability.workflow.prediction import (
    families_of,
    parameters_of_predictor,
    predictor_module,
)

if TYPE_CHECKING:
    from mergeability.workflow.study import Study

TARGET = "normalized_accuracy"


def home_of(entry: Mapping[str, Any]) -> str:
    """The zoo in whose folder a recommendation lies."""
    return str(entry.get("learn_from") or min(entry["proxies"]))


@dataclass(frozen=True)
class Recommendations:
    """Of the config's `recommendations`."""

    study: "Study"

    @property
    def files(self) -> list[str]:
        """Targets: the page of every recommendation; the other files come with it."""
        return [
            paths.RECOMMENDATION_PAGE.format(zoo=home_of(entry), recommendation=name)
            for name, entry in sorted(self.study.config.get("recommendations", {}).items())
            if home_of(entry) in self.study.zoos
        ]

    # Candidates.

    def candidates(self, wildcards: Any) -> dict[str, dict[str, Any]]:
        """Param: the candidates, sorted, each file as the config says."""
        entries = self._entry(wildcards)["candidates"]
        return {
            name: {key: value for key, value in sorted(entries[name].items()) if key != "task"}
            for name in sorted(entries)
        }

    def tasks(self, wildcards: Any) -> dict[str, str]:
        """Param: the task of each candidate, as proxies call it."""
        entries = self._entry(wildcards)["candidates"]
        return {name: entries[name].get("task", name) for name in sorted(entries)}

    def source(self, wildcards: Any) -> dict[str, Any]:
        """Param: where one candidate comes from."""
        return self.candidates(wildcards)[wildcards.candidate]

    def manifests(self, wildcards: Any) -> list[str]:
        """Input: the manifest of each candidate that lies on a hub, by names."""
        manifest, known = paths.CANDIDATE_MANIFEST, dict(wildcards.items())
        return [
            manifest.format(candidate=name, **known)
            for name, source in self.candidates(wildcards).items()
            if "hub" in source
        ]

    def candidate_files(self, wildcards: Any) -> list[str]:
        """Input: the files of candidates on this machine, by names."""
        places = [source.get("path") for source in self.candidates(wildcards).values()]
        return [str(file) for place in places if place for file in model_files(Path(place))]

    def data(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: images and heads, in the order of candidates; none without data."""
        study, zoo, names = self.study, wildcards.zoo, list(self.candidates(wildcards))
        needs = {PARTS[part] for part in parts_of(self.families(wildcards))}
        if needs == {"weights"}:
            return {}
        data: dict[str, Any] = {
            "architecture": study.file(paths.ARCHITECTURE)(wildcards),
            "heads": study.files(paths.HEAD, zoo, task=names),
        }
        if "calibration" in needs:
            data["own"] = study.files(paths.CALIBRATION, zoo, task=names)
            data["common"] = study.data.common_calibration(zoo)
        if "probes" in needs:
            data["probes"] = study.files(paths.PROBES, zoo, task=names)
        return data

    def domain_modules(self, wildcards: Any) -> list[str]:
        """Modules: the domain of examples, where candidates are shown any."""
        return self.study.backbones.domain_modules(wildcards) if self.data(wildcards) else []

    def sketch_settings(self, wildcards: Any) -> dict[str, Any]:
        """Param: the settings of sketches, for the families that candidates are compared by."""
        return {**self.study.metrics.settings, "parts": parts_of(self.families(wildcards))}

    def family_modules(self, wildcards: Any) -> list[str]:
        """Modules: the families that candidates are compared by."""
        return [family_module(family) for family in self.families(wildcards)]

    # What is learned.

    def evidence(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: pairs of proxies; own merges, metrics and the zoo's pairs, if any."""
        files = self.study.files
        proxies = self.proxies(wildcards)
        inputs: dict[str, Any] = {
            "proxies": [f for zoo in proxies for f in files(paths.MERGER_PAIRS, zoo)],
            **{f"own_{kind}": file for kind, file in self._measured(wildcards).items()},
        }
        if "learn_from" not in self._entry(wildcards):
            return inputs
        return {
            **inputs,
            "candidates": self.study.file(paths.CANDIDATE_METRICS)(wildcards),
            "left_out": self.study.file(paths.CANDIDATES_LEFT_OUT)(wildcards),
            "tables": files(paths.MERGER_PAIRS, wildcards.zoo),
        }

    def proxies(self, wildcards: Any) -> list[str]:
        """Param: the proxies, without optional ones that are not there."""
        named = self._entry(wildcards).get("proxies", [])
        return sorted(set(named) & self.study.zoos.keys())

    def partners(self, wildcards: Any) -> int:
        """Param: how many partners of each candidate to merge first."""
        return int(self._entry(wildcards).get("design", 0))

    def learner(self, wildcards: Any) -> dict[str, Any] | None:
        """Param: how to predict merges of the candidates by metrics (see `forecast.Learner`)."""
        if "learn_from" not in self._entry(wildcards):
            return None
        entry = self._predictor(wildcards)
        return {
            "method": entry["method"],
            "parameters": parameters_of_predictor(entry),
            "metrics": sorted(metric_names(self.families(wildcards))),
            "target": TARGET,
            "seed": self.study.config["prediction"]["seed"],
        }

    def learner_modules(self, wildcards: Any) -> list[str]:
        """Modules: the predictors alone, as far as there are any."""
        learning = "learn_from" in self._entry(wildcards)
        methods = [self._predictor(wildcards)["method"]] if learning else []
        if self._measured(wildcards):
            methods.append("directional")
        return [predictor_module(method) for method in methods]

    def families(self, wildcards: Any) -> list[str]:
        """Param: the families that the predictor looks at, if candidates have what they need."""
        data = self._entry(wildcards)["data"]
        listed = families_of(self._predictor(wildcards), self.study.families)
        return [name for name in listed if data or not FAMILIES[name].needs_data]

    def _measured(self, wildcards: Any) -> dict[str, str]:
        """The plain tables of the user's own merges, by kind."""
        return dict(sorted(self._entry(wildcards).get("measured", {}).items()))

    def _predictor(self, wildcards: Any) -> Any:
        return self.study.prediction.entries[self._entry(wildcards)["predictor"]]

    def _entry(self, wildcards: Any) -> dict[str, Any]:
        name = wildcards.recommendation
        entry: dict[str, Any] = self.study.config["recommendations"][name]
        if (home := home_of(entry)) != wildcards.zoo:
            raise ValueError(
                f"recommendations.{name} lies with zoo {home}, not with {wildcards.zoo}; ask for "
                f"results/{home}/recommendations/{name}/"
            )
        return entry
