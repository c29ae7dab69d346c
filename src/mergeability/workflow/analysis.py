"""Inputs and params of the rules in analysis.smk: analyses, comparisons, the reproduction."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.analysis.ablations import ablations_of
from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES
from mergeability.prediction.registry import resolve_parameters
from mergeability.workflow import paths
from mergeability.workflow.prediction import (
    paper_predictor,
    parameters_of_predictor,
    predictor_module,
)

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


@dataclass(frozen=True)
class Analysis:
    """Of the config's `analysis` and `comparisons`."""

    study: "Study"

    # Single zoos.

    @property
    def varied(self) -> dict[str, str]:
        """The predictors whose settings are varied, and their methods."""
        entries = self.study.prediction.entries
        varied = self.study.config["analysis"]["predictors"]
        return {name: entries[name]["method"] for name in varied}

    @property
    def ablations(self) -> list[str]:
        """What is varied of some predictor."""
        return sorted({name for method in self.varied.values() for name in ablations_of(method)})

    @property
    def families(self) -> dict[str, list[str]]:
        """Param: the metrics of each family that analyses look at: the paper's."""
        paper = [name for name in self.study.families if name in PAPER_FAMILIES]
        return {name: list(FAMILIES[name].metrics) for name in paper}

    @property
    def all_families(self) -> dict[str, list[str]]:
        """Param: the metrics of each configured family."""
        return {name: list(FAMILIES[name].metrics) for name in self.study.families}

    def settings(self, *keys: str) -> dict[str, Any]:
        """Param: some settings of the analyses, and the seed of predictions."""
        chosen = {key: self.study.config["analysis"][key] for key in keys}
        return {**chosen, "seed": self.study.config["prediction"]["seed"]}

    def predictors(self, wildcards: Any) -> dict[str, Any]:
        """Param: method and parameters of the predictors that an analysis fits again."""
        ablation = dict(wildcards.items()).get("ablation")
        entries = self.study.prediction.entries
        return {
            name: {"method": method, "parameters": parameters_of_predictor(entries[name])}
            for name, method in sorted(self.varied.items())
            if ablation is None or ablation in ablations_of(method)
        }

    def modules(self, wildcards: Any) -> list[str]:
        """Modules: the predictors that an analysis fits again."""
        methods = {entry["method"] for entry in self.predictors(wildcards).values()}
        return [predictor_module(method) for method in sorted(methods)]

    # A zoo and its proxies.

    def proxy_zoos(self, wildcards: Any) -> list[str]:
        """Param: the zoo and its proxies."""
        return [wildcards.zoo, *self.study.prediction.known_proxies(wildcards.zoo)]

    def proxy_tables(self, wildcards: Any) -> list[str]:
        """Input: their pairs tables."""
        return self.study.of_zoos(self.proxy_zoos(wildcards), paths.PAIRS)

    # Comparisons of zoos.

    @property
    def comparisons(self) -> list[str]:
        """All comparisons."""
        return sorted(self.study.config.get("comparisons", {}))

    def compared_zoos(self, wildcards: Any) -> list[str]:
        """Param: the zoos of a comparison, the baseline first."""
        return self._zoos(wildcards.comparison)

    def _zoos(self, comparison: str) -> list[str]:
        entry = self.study.config["comparisons"][comparison]
        others = (set(entry["zoos"]) & self.study.zoos.keys()) - {entry["baseline"]}
        return [entry["baseline"], *sorted(others)]

    def zoos_apart(self, wildcards: Any) -> list[str]:
        """Param: the zoos of a comparison that are reported and never averaged."""
        entry = self.study.config["comparisons"][wildcards.comparison]
        return sorted(set(entry.get("set_aside", [])) & self.study.zoos.keys())

    def compared_tables(self, wildcards: Any) -> list[str]:
        """Input: the pairs tables of the zoos of a comparison, the baseline first."""
        return self.study.of_zoos(self.compared_zoos(wildcards), paths.PAIRS)

    def compared_refits(self, wildcards: Any) -> list[str]:
        """Input: the coefficients by fold of those zoos of a comparison that have metrics."""
        zoos = [z for z in self.compared_zoos(wildcards) if self.study.zoos[z].has_metrics]
        return self.study.of_zoos(zoos, paths.REFITS)

    def compared_skills(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: the summaries of all zoos of a comparison, and without each task."""
        zoos = sorted([*self.compared_zoos(wildcards), *self.zoos_apart(wildcards)])
        return {
            "summaries": self.study.of_zoos(zoos, paths.SUMMARY),
            "left_out": self.study.of_zoos(zoos, paths.LEFT_OUT),
        }

    # The reproduction of the paper.

    @property
    def published_recipe(self) -> str | None:
        """The first predictor with the settings of the published numbers, if there is any."""
        published = resolve_parameters("pearson_l1", {})
        for name, entry in sorted(self.study.prediction.entries.items()):
            is_l1 = entry["method"] == "pearson_l1"
            on_paper_metrics = paper_predictor(entry, self.study.families)
            if is_l1 and on_paper_metrics and parameters_of_predictor(entry) == published:
                return name
        return None

    def reproduced(self, wildcards: Any) -> dict[str, str]:
        """Param: the zoos that a reproduction shows, its own first, and their measured names.

        The others are measured zoos with metrics that a comparison sets beside it.
        """
        compared = [zoo for name in self._comparisons_of(wildcards.zoo) for zoo in self._zoos(name)]
        zoos = {zoo: self.study.zoos[zoo] for zoo in (wildcards.zoo, *compared)}
        return {n: z.measured.name for n, z in zoos.items() if z.measured and z.has_metrics}

    def reproduction_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: all that is set beside the tables of the paper."""
        zoos = self.reproduced(wildcards)
        compared = [
            paths.RECIPES.format(comparison=name)
            for name in self._comparisons_of(wildcards.zoo)
            if not set(self._zoos(name)) <= set(zoos)
        ]
        per_target = {
            "summary": paths.SUMMARY, "coefficients": paths.COEFFICIENTS, "refits": paths.REFITS,
            "correlations": paths.METRIC_CORRELATIONS, "agreement": paths.AGREEMENT,
            "contributions": paths.CONTRIBUTIONS, "ablations": paths.ABLATION,
            "selection": paths.SELECTION, "permutation": paths.PERMUTATION_TEST,
            "audit": paths.AUDIT, "variance": paths.VARIANCE,
        }  # fmt: skip
        listed = {
            name: self.study.of_zoos(list(zoos), pattern) for name, pattern in per_target.items()
        }
        complete = [self.study.prediction.complete_cases_of(zoo).get("complete") for zoo in zoos]
        return {**listed, "recipes": compared, "complete": list(filter(None, complete))}

    def _comparisons_of(self, baseline: str) -> list[str]:
        entries = self.study.config.get("comparisons", {})
        return [name for name in self.comparisons if entries[name]["baseline"] == baseline]

    # Targets.

    @property
    def files(self) -> list[str]:
        """All results of analyses, of single zoos and of comparisons."""
        of_metrics = [
            paths.AUDIT, paths.IMPLIED_NORMS, paths.REDUNDANCY, paths.METRIC_GROUPS,
            paths.METRIC_CORRELATIONS, paths.AGREEMENT, paths.CONTRIBUTIONS,
            paths.STABLE_METRICS, paths.ABLATION, paths.SELECTION, paths.PERMUTATION_TEST,
        ]  # fmt: skip
        zoos = self.study.zoos_that_are
        reproduced = zoos("measured", "has_metrics") if self.published_recipe in self.varied else []
        of_pairs = [
            paths.VARIANCE, paths.VARIANCE_FIGURE, paths.DIRECTION_EFFECTS,
            paths.DIRECTION_SHARES, paths.DIRECTION_FIGURE,
        ]  # fmt: skip
        with_proxies = [z for z in zoos("scored") if self.study.prediction.known_proxies(z)]
        return [
            *self.study.of_zoos(zoos("scored"), *of_pairs),
            *self.study.of_zoos(with_proxies, paths.PROXY_AUDIT),
            *self.study.of_zoos(zoos("scored", "has_metrics"), *of_metrics),
            *self.study.of_zoos(reproduced, paths.REPRODUCTION),
            *self._comparison_files(),
        ]

    def _comparison_files(self) -> list[str]:
        patterns = [
            paths.RECIPES, paths.COMMON_METRICS, paths.COMPARED_PREDICTORS, paths.COMPARED_FIGURE,
        ]  # fmt: skip
        return [
            file
            for comparison in self.comparisons
            for pattern in patterns
            for file in self.study.files(
                pattern,
                self.study.config["comparisons"][comparison]["baseline"],
                comparison=comparison,
            )
        ]
