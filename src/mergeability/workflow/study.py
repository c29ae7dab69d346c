"""What a configuration stands for: the answers that rules need, as functions of wildcards.

Nothing here is particular to Snakemake: wildcards are any object with the names as attributes.
"""

from itertools import chain
from pathlib import Path
from typing import Any

from mergeability.analysis.ablations import ablations_of
from mergeability.prediction.registry import resolve_parameters
from mergeability.workflow import paths as layout
from mergeability.workflow.code import code
from mergeability.workflow.comparing import Comparing
from mergeability.workflow.predictor_entries import paper_predictor, parameters_of_predictor
from mergeability.workflow.probing import Probing
from mergeability.workflow.recommended import Recommendations
from mergeability.workflow.sets import Sets
from mergeability.workflow.tuning import Tuning
from mergeability.workflow.zoos import Wildcards


class Study(Probing, Comparing, Sets, Tuning, Recommendations):
    """A checked configuration, asked by name."""

    # Predictions.

    def predictor_method(self, wildcards: Wildcards) -> str:
        """Param: the method of the predictor."""
        return str(self.config["prediction"]["predictors"][wildcards.predictor]["method"])

    def predictor_parameters(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: all parameters of the predictor, defaults included."""
        return self._parameters(wildcards.predictor)

    def _parameters(self, predictor: str) -> dict[str, Any]:
        return parameters_of_predictor(self.config["prediction"]["predictors"][predictor])

    def predictor_metrics(self, wildcards: Wildcards) -> list[str]:
        """Param: the columns of the pairs table that the predictor looks at, beside accuracies."""
        if self.method_of(wildcards.predictor).merges:
            return [f"probe_{wildcards.target}"]
        return self.metrics_of(wildcards.predictor)

    def complete_cases(self, wildcards: Wildcards) -> dict[str, str]:
        """Input by name: the list of pairs to keep to, where the config restricts them."""
        return self.complete_cases_of(wildcards.zoo)

    def complete_cases_of(self, zoo: str) -> dict[str, str]:
        """`complete_cases` of a zoo whose name is known."""
        if not self.config["prediction"]["complete_cases"] or not self.has_metrics(zoo):
            return {}
        return {"complete": layout.COMPLETE_PAIRS.format(zoo=zoo)}

    def predicts_target(self, wildcards: Wildcards) -> bool:
        """Param: whether predictions are in units of the target, or scores of their own scale."""
        return self.method_of(wildcards.predictor).in_target_units

    def predictor_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the predictor alone."""
        method = self.predictor_method(wildcards)
        return code(f"mergeability/prediction/{method}.py", beside="prediction/fit_fold.py")

    def prediction_files(self) -> list[str]:
        """Pairs tables, predictions of every fold, and their summaries."""
        return self.of_zoos(
            self.scored_zoos, layout.PAIRS, layout.FOLD, layout.FOLD_DIAGNOSTICS, layout.FOLDS,
            layout.FOLDS_DIAGNOSTICS, layout.SUMMARY, layout.COMPARISON, layout.LEFT_OUT,
            layout.CHOICES,
        )  # fmt: skip

    # Analyses.

    def varied_predictors(self, wildcards: Wildcards) -> dict[str, Any]:
        """Param: method and parameters of the predictors that an analysis fits again."""
        ablation = dict(wildcards.items()).get("ablation")
        return {
            name: {"method": method, "parameters": self._parameters(name)}
            for name, method in sorted(self.varied().items())
            if ablation is None or ablation in ablations_of(method)
        }

    def varied_code(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Param: the library files behind the predictors that an analysis fits again."""
        methods = {entry["method"] for entry in self.varied_predictors(wildcards).values()}
        files = [f"mergeability/prediction/{method}.py" for method in sorted(methods)]
        return code(*files, beside="analysis/run_ablation.py")

    def analysis_settings(self, *keys: str) -> dict[str, Any]:
        """Param: some settings of the analyses, and the seed of predictions."""
        chosen = {key: self.config["analysis"][key] for key in keys}
        return {**chosen, "seed": self.config["prediction"]["seed"]}

    def timed_tasks(self, wildcards: Wildcards) -> list[str]:
        """Param: the two tasks of a zoo whose checkpoints are timed."""
        return self.tasks(wildcards.zoo)[:2]

    def timed_checkpoints(self, wildcards: Wildcards) -> dict[str, Any]:
        """Inputs by name: two checkpoints and what sketching them needs."""
        tasks = self.timed_tasks(wildcards)
        weights = {
            "pretrained": self.file(layout.VISION_TOWER)(wildcards),
            "checkpoints": self.files(layout.CHECKPOINT, wildcards.zoo, task=tasks),
        }
        shared = self.shared_sketch_data(wildcards)
        if not shared:
            return weights
        per_task = {"heads": layout.HEAD}
        if "common" in shared:
            per_task["own"] = layout.CALIBRATION
        return {
            **weights,
            **shared,
            **{name: self.files(p, wildcards.zoo, task=tasks) for name, p in per_task.items()},
        }

    def compared_tables(self, wildcards: Wildcards) -> list[str]:
        """Input: the pairs tables of the zoos of a comparison, the baseline first."""
        return [layout.PAIRS.format(zoo=zoo) for zoo in self.compared_zoos(wildcards)]

    def compared_coefficients(self, wildcards: Wildcards) -> list[str]:
        """Input: the coefficients of those zoos of a comparison that have metrics."""
        return [
            layout.COEFFICIENTS.format(zoo=zoo, target=target)
            for zoo in self.compared_zoos(wildcards)
            for target in self.targets
            if self.has_metrics(zoo)
        ]

    @property
    def published_recipe(self) -> str | None:
        """The first predictor with the settings of the published numbers, if there is any."""
        entries = self.config["prediction"]["predictors"]
        published = resolve_parameters("pearson_l1", {})
        for name in self.predictors:
            plain = paper_predictor(entries[name], self.families)
            is_l1 = entries[name]["method"] == "pearson_l1"
            if plain and is_l1 and self._parameters(name) == published:
                return name
        return None

    def reproduction_files(self, wildcards: Wildcards) -> dict[str, Any]:
        """Inputs by name: all that is set beside the tables of the paper."""
        zoo = wildcards.zoo
        compared = [
            layout.RECIPES.format(comparison=name)
            for name in self.comparisons
            if self.config["comparisons"][name]["baseline"] == zoo
        ]
        per_target = {
            "summary": layout.SUMMARY, "coefficients": layout.COEFFICIENTS,
            "comparison": layout.COMPARISON, "correlations": layout.METRIC_CORRELATIONS,
            "agreement": layout.AGREEMENT, "contributions": layout.CONTRIBUTIONS,
            "stable": layout.STABLE_METRICS, "ablations": layout.ABLATION,
            "selection": layout.SELECTION, "permutation": layout.PERMUTATION_TEST,
            "audit": layout.AUDIT, "variance": layout.VARIANCE,
        }  # fmt: skip
        listed = {name: self.files(pattern, zoo) for name, pattern in per_target.items()}
        return {**listed, "recipes": compared, **self.complete_cases(wildcards)}

    def analysis_files(self) -> list[str]:
        """All results of analyses, of single zoos and of comparisons."""
        of_any = [layout.VARIANCE, layout.VARIANCE_FIGURE]
        of_metrics = [
            layout.AUDIT, layout.IMPLIED_NORMS, layout.REDUNDANCY, layout.METRIC_GROUPS,
            layout.METRIC_CORRELATIONS, layout.AGREEMENT, layout.CONTRIBUTIONS,
            layout.STABLE_METRICS, layout.ABLATION, layout.SELECTION, layout.PERMUTATION_TEST,
        ]  # fmt: skip
        with_metrics = [zoo for zoo in self.scored_zoos if self.has_metrics(zoo)]
        measured = [zoo for zoo in with_metrics if zoo in self.measured_zoos]
        reproduced = measured if self.published_recipe in self.varied() else []
        compared = [
            pattern.format(comparison=comparison)
            for comparison in self.comparisons
            for pattern in (layout.RECIPES, layout.COMMON_METRICS)
        ]
        return [
            *self.of_zoos(self.scored_zoos, *of_any),
            *self.of_zoos(with_metrics, *of_metrics),
            *self.of_zoos(reproduced, layout.REPRODUCTION),
            *compared,
            *self.compared_files(),
        ]

    # Report.

    def reported_files(self, wildcards: Wildcards) -> list[str]:
        """Input: the tables and figures of a zoo."""
        zoo = wildcards.zoo
        shown = [
            layout.SUMMARY_TABLE, layout.VALIDATION_FIGURE, layout.ACCURACY_FIGURE,
            layout.PREDICTION_FIGURE, layout.VARIANCE_FIGURE, layout.MERGERS_TABLE,
            layout.MERGERS_FIGURE, layout.CHOICE_FIGURE,
        ]  # fmt: skip
        if not self.has_metrics(zoo):
            return self.of_zoos([zoo], *shown)
        shown += [
            layout.AUDIT, layout.CORRELATION_FIGURE, layout.REDUNDANCY_FIGURE,
        ]  # fmt: skip
        predictors = self.predictors_of(zoo)
        if {"predictor", "baseline"} <= {self.method_of(name).kind for name in predictors}:
            shown.append(layout.COMPARISON_FIGURE)
        ablations = [
            self.files(layout.ABLATION_FIGURE, zoo, predictor=name, ablation=ablations_of(method))
            for name, method in self.varied().items()
        ]
        linear = [p for p in predictors if self.method_of(p).linear]
        of_linear = [layout.COEFFICIENT_FIGURE, layout.SPREAD_FIGURE, layout.SELECTION_FIGURE]
        return [
            *self.of_zoos([zoo], *shown),
            *chain(*ablations),
            *(file for p in of_linear for file in self.files(p, zoo, predictor=linear)),
            *self.shown_set_files(zoo),
        ]

    def results_text(self) -> str:
        """What a finished run says last: the summary of every zoo, and where its report is."""
        texts = []
        for zoo in self.scored_zoos:
            (table,), (report,) = (
                self.files(layout.SUMMARY_TEXT, zoo),
                self.files(layout.REPORT, zoo),
            )
            if Path(table).is_file():
                texts.append(f"\nZoo {zoo}\n\n{Path(table).read_text()}\nReport: {report}")
        for zoo in self.screened_zoos:
            (table,) = self.files(layout.METRICS_TABLE, zoo)
            texts.append(f"\nZoo {zoo}: metrics of all pairs in {table}")
        return "\n".join(texts)
