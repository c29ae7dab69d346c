"""What the rules need that recommend merges of checkpoints nobody has merged."""

from typing import Any

from mergeability.metrics.registry import FAMILIES, metric_names
from mergeability.workflow import paths as layout
from mergeability.workflow.building import Building
from mergeability.workflow.code import code
from mergeability.workflow.predictor_entries import families_of, parameters_of_predictor
from mergeability.workflow.zoos import Wildcards

TARGET = "normalized_accuracy"


class Recommendations(Building):
    """Inputs and params of the rules that recommend; `zoo` is the one that is learned from."""

    def recommendation_files(self) -> list[str]:
        """The page of every configured recommendation; the other files come with it."""
        return [
            layout.RECOMMENDATION_PAGE.format(zoo=entry["learn_from"], recommendation=name)
            for name, entry in sorted(self.config.get("recommendations", {}).items())
        ]

    def candidate_sources(self, wildcards: Wildcards) -> list[str]:
        """Input: the file of each candidate, or the manifest of its download, by names."""
        manifest, known = layout.CANDIDATE_MANIFEST, dict(wildcards.items())
        return [
            source.get("path") or manifest.format(candidate=name, **known)
            for name, source in self.candidates(wildcards).items()
        ]

    def candidate_data(self, wildcards: Wildcards) -> dict[str, Any]:
        """Inputs by name: images and heads, in the order of candidates; none without data."""
        zoo, names = wildcards.zoo, list(self.candidates(wildcards))
        needs = {FAMILIES[family].needs for family in self._families(wildcards)}
        if needs == {"weights"}:
            return {}
        data: dict[str, Any] = {
            "architecture": self.file(layout.ARCHITECTURE)(wildcards),
            "heads": self.files(layout.HEAD, zoo, task=names),
        }
        if "calibration" in needs:
            data["own"] = self.files(layout.CALIBRATION, zoo, task=names)
            data["common"] = self.common_calibration(zoo)
        if "probes" in needs:
            data["probes"] = self.files(layout.PROBES, zoo, task=names)
        return data

    def candidates(self, wildcards: Wildcards) -> dict[str, dict[str, Any]]:
        """Param: the candidates, sorted, each as the config says."""
        entries = self._entry(wildcards)["candidates"]
        return {name: dict(sorted(entries[name].items())) for name in sorted(entries)}

    def candidate_source(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: where one candidate comes from."""
        return self.candidates(wildcards)[wildcards.candidate]

    def candidate_sketch_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: the settings of sketches, with the families that candidates are compared by."""
        return {**self.sketch_settings, "families": self._families(wildcards)}

    def learner(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: how to predict merges of the candidates (see `forecast.Learner`)."""
        entry = self._predictor(wildcards)
        families = self._families(wildcards)
        return {
            "method": entry["method"],
            "parameters": parameters_of_predictor(entry),
            "metrics": sorted(metric_names(families)),
            "target": TARGET,
            "seed": self.config["prediction"]["seed"],
        }

    def learner_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the predictor."""
        method = self.learner(wildcards)["method"]
        return code(
            f"mergeability/prediction/{method}.py", beside="recommendation/recommend_merges.py"
        )

    def _families(self, wildcards: Wildcards) -> list[str]:
        """The families that the predictor looks at, as far as candidates have what they need."""
        data = self._entry(wildcards)["data"]
        listed = families_of(self._predictor(wildcards), self.families)
        return [name for name in listed if data or not FAMILIES[name].needs_data]

    def _predictor(self, wildcards: Wildcards) -> dict[str, Any]:
        entries: dict[str, Any] = self.config["prediction"]["predictors"]
        found: dict[str, Any] = entries[self._entry(wildcards)["predictor"]]
        return found

    def _entry(self, wildcards: Wildcards) -> dict[str, Any]:
        entry: dict[str, Any] = self.config["recommendations"][wildcards.recommendation]
        if entry["learn_from"] != wildcards.zoo:
            raise ValueError(
                f"recommendations.{wildcards.recommendation} learns from {entry['learn_from']}, "
                f"not from {wildcards.zoo}; ask for results/{entry['learn_from']}/recommendations/"
                f"{wildcards.recommendation}/"
            )
        return entry
