"""Params of the rules in figures.smk, and the figures that a report shows."""

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from mergeability.analysis.ablations import ablations_of
from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES
from mergeability.workflow import paths

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


@dataclass(frozen=True)
class Figures:
    """What is drawn of a zoo."""

    study: "Study"

    @property
    def titled_families(self) -> dict[str, list[str]]:
        """Param: the metrics of the paper's families and those of the study, by title."""
        shown = {*PAPER_FAMILIES, *self.study.families}
        return {FAMILIES[f].title: list(FAMILIES[f].metrics) for f in FAMILIES if f in shown}

    def in_target_units(self, wildcards: Any) -> bool:
        """Param: whether predictions are in units of the target, or scores of their own scale."""
        return self.study.prediction.method_of(wildcards.predictor).in_target_units

    def shown(self, zoo: str) -> list[str]:
        """The tables and figures of a zoo."""
        patterns = [
            paths.SUMMARY_TABLE, paths.VALIDATION_FIGURE, paths.ACCURACY_FIGURE,
            paths.PREDICTION_FIGURE, paths.VARIANCE_FIGURE, paths.DIRECTION_FIGURE,
            paths.MERGERS_TABLE, paths.MERGERS_FIGURE, paths.CHOICE_FIGURE,
        ]  # fmt: skip
        if not self.study.zoos[zoo].has_metrics:
            return self.study.of_zoos([zoo], *patterns)
        if self.study.prediction.tried(zoo):
            patterns.append(paths.LEARNING_FIGURE)
        patterns += [paths.AUDIT, paths.CORRELATION_FIGURE, paths.REDUNDANCY_FIGURE]
        prediction = self.study.prediction
        methods = {name: prediction.method_of(name) for name in prediction.predictors_of(zoo)}
        if {"predictor", "baseline"} <= {method.kind for method in methods.values()}:
            patterns.append(paths.COMPARISON_FIGURE)
        ablations = [
            self.study.files(
                paths.ABLATION_FIGURE, zoo, predictor=name, ablation=ablations_of(method)
            )
            for name, method in self.study.analysis.varied.items()
        ]
        linear = [name for name, method in methods.items() if method.linear]
        of_linear = [paths.COEFFICIENT_FIGURE, paths.SPREAD_FIGURE, paths.SELECTION_FIGURE]
        return [
            *self.study.of_zoos([zoo], *patterns),
            *chain(*ablations),
            *(file for p in of_linear for file in self.study.files(p, zoo, predictor=linear)),
            *self.study.sets.shown(zoo),
        ]
