"""What the rules need that recommend merges of checkpoints nobody has merged."""

from typing import Any

from mergeability import layout
from mergeability.building import Building, parameters_of
from mergeability.dependencies import code
from mergeability.metrics.registry import FAMILIES, metric_names
from mergeability.prediction.registry import resolve_parameters
from mergeability.zoos import Wildcards

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
        shared = self._shared_sketch_data(wildcards) if self._entry(wildcards)["data"] else {}
        if not shared:
            return {}
        names = list(self.candidates(wildcards))
        per_task = {"heads": layout.HEAD, "own": layout.CALIBRATION}
        return {
            **shared,
            **{key: self.files(p, wildcards.zoo, task=names) for key, p in per_task.items()},
        }

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
        entry = self.config["prediction"]["predictors"][self._entry(wildcards)["predictor"]]
        return {
            "method": entry["method"],
            "parameters": resolve_parameters(entry["method"], parameters_of(entry)),
            "metrics": sorted(metric_names(self._families(wildcards))),
            "target": TARGET,
            "seed": self.config["prediction"]["seed"],
        }

    def learner_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the predictor."""
        method = self.learner(wildcards)["method"]
        return code(f"mergeability/prediction/{method}.py", beside="recommend_merges.py")

    def _families(self, wildcards: Wildcards) -> list[str]:
        data = self._entry(wildcards)["data"]
        return [name for name in self.families if data or not FAMILIES[name].needs_data]

    def _entry(self, wildcards: Wildcards) -> dict[str, Any]:
        entry: dict[str, Any] = self.config["recommendations"][wildcards.recommendation]
        if entry["learn_from"] != wildcards.zoo:
            raise ValueError(
                f"recommendations.{wildcards.recommendation} learns from {entry['learn_from']}, "
                f"not from {wildcards.zoo}; ask for results/{entry['learn_from']}/recommendations/"
                f"{wildcards.recommendation}/"
            )
        return entry
