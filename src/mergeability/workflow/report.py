"""What reports show, and what a finished run says."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergeability.workflow import paths

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


@dataclass(frozen=True)
class Report:
    """Reports of all zoos."""

    study: "Study"

    def inputs(self, wildcards: Any) -> list[str]:
        """Input: the tables and figures of a zoo."""
        return self.study.figures.shown(wildcards.zoo)

    @property
    def protocol(self) -> str:
        """Param: the protocol that an overview shows, the one that asks most of predictors."""
        protocols = self.study.prediction.protocols
        return next(name for name in ("l2to", "split", "loto") if name in protocols)

    def overview_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: what an overview shows of one target."""
        study, protocol = self.study, self.protocol
        single = {
            "pairs": paths.PAIRS, "mergers": paths.MERGERS_TABLE, "summary": paths.SUMMARY,
            "comparison": paths.COMPARISON, "effects": paths.DIRECTION_EFFECTS,
        }  # fmt: skip
        if study.prediction.tried(wildcards.zoo):
            single["curve"] = paths.LEARNING_CURVE
        target = study.prediction.completed_target
        folds = paths.FOLD if protocol == "loto" else paths.FOLDS
        return {
            **{n: p.format(zoo=wildcards.zoo, target=target) for n, p in single.items()},
            "folds": study.files(folds, wildcards.zoo, target=target, pooled_protocol=protocol),
        }

    @property
    def files(self) -> list[str]:
        """Targets: overview and report of every zoo whose merges are known."""
        scored = self.study.zoos_that_are("scored")
        return self.study.of_zoos(scored, paths.OVERVIEW, paths.REPORT)

    def last_words(self) -> str:
        """What a finished run says last: the summary of every zoo, and where its pages are."""
        texts = []
        for zoo in self.study.zoos_that_are("scored"):
            patterns = paths.SUMMARY_TEXT, paths.REPORT, paths.OVERVIEW
            table, report, overview = (pattern.format(zoo=zoo) for pattern in patterns)
            if Path(table).is_file():
                pages = f"Report: {report}\nTo look at first: {overview}"
                texts.append(f"\nZoo {zoo}\n\n{Path(table).read_text()}\n{pages}")
        for zoo in self.study.zoos_that_are("screened"):
            table = paths.METRICS_TABLE.format(zoo=zoo)
            texts.append(f"\nZoo {zoo}: metrics of all pairs in {table}")
        return "\n".join(texts)
