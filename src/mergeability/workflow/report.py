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
    def files(self) -> list[str]:
        """Targets: the report of every zoo whose merges are known."""
        return self.study.of_zoos(self.study.zoos_that_are("scored"), paths.REPORT)

    def last_words(self) -> str:
        """What a finished run says last: the summary of every zoo, and where its report is."""
        texts = []
        for zoo in self.study.zoos_that_are("scored"):
            table, report = (p.format(zoo=zoo) for p in (paths.SUMMARY_TEXT, paths.REPORT))
            if Path(table).is_file():
                texts.append(f"\nZoo {zoo}\n\n{Path(table).read_text()}\nReport: {report}")
        for zoo in self.study.zoos_that_are("screened"):
            table = paths.METRICS_TABLE.format(zoo=zoo)
            texts.append(f"\nZoo {zoo}: metrics of all pairs in {table}")
        return "\n".join(texts)
