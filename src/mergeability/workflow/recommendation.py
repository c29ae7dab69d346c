"""Inputs and params of the rules in recommendation.smk; `zoo` is the one that is learned from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Recommendations:
    """Of the config's `recommendations`."""

    study: "Study"

    @property
    def files(self) -> list[str]:
        """Targets: the page of every recommendation; the other files come with it."""
        return [
            paths.RECOMMENDATION_PAGE.format(zoo=entry["learn_from"], recommendation=name)
            for name, entry in sorted(self.study.config.get("recommendations", {}).items())
        ]

    # Candidates.

    def candidates(self, wildcards: Any) -> dict[str, dict[str, Any]]:
        """Param: the candidates, sorted, each as the config says."""
        entries = self._entry(wildcards)["candidates"]
        return {name: dict(sorted(entries[name].items())) for name in sorted(entries)}

    def source(self, wildcards: Any) -> dict[str, Any]:
        """Param: where one candidate comes from."""
        return self.candidates(wildcards)[wildcards.candidate]

    def sources(self, wildcards: Any) -> list[str]:
        """Input: the file of each candidate, or the manifest of its download, by names."""
        manifest, known = paths.CANDIDATE_MANIFEST, dict(wildcards.items())
        return [
            source.get("path") or manifest.format(candidate=name, **known)
            for name, source in self.candidates(wildcards).items()
        ]

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

    def sketch_settings(self, wildcards: Any) -> dict[str, Any]:
        """Param: the settings of sketches, for the families that candidates are compared by."""
        return {**self.study.metrics.settings, "parts": parts_of(self.families(wildcards))}

    def family_modules(self, wildcards: Any) -> list[str]:
        """Modules: the families that candidates are compared by."""
        return [family_module(family) for family in self.families(wildcards)]

    # What is learned.

    def learner(self, wildcards: Any) -> dict[str, Any]:
        """Param: how to predict merges of the candidates (see `forecast.Learner`)."""
        entry = self._predictor(wildcards)
        return {
            "method": entry["method"],
            "parameters": parameters_of_predictor(entry),
            "metrics": sorted(metric_names(self.families(wildcards))),
            "target": TARGET,
            "seed": self.study.config["prediction"]["seed"],
        }

    def learner_modules(self, wildcards: Any) -> list[str]:
        """Modules: the predictor alone."""
        return [predictor_module(self._predictor(wildcards)["method"])]

    def families(self, wildcards: Any) -> list[str]:
        """Param: the families that the predictor looks at, if candidates have what they need."""
        data = self._entry(wildcards)["data"]
        listed = families_of(self._predictor(wildcards), self.study.families)
        return [name for name in listed if data or not FAMILIES[name].needs_data]

    def _predictor(self, wildcards: Any) -> Any:
        return self.study.prediction.entries[self._entry(wildcards)["predictor"]]

    def _entry(self, wildcards: Any) -> dict[str, Any]:
        name = wildcards.recommendation
        entry: dict[str, Any] = self.study.config["recommendations"][name]
        if entry["learn_from"] != wildcards.zoo:
            raise ValueError(
                f"recommendations.{name} learns from {entry['learn_from']}, not from "
                f"{wildcards.zoo}; ask for results/{entry['learn_from']}/recommendations/{name}/"
            )
        return entry
