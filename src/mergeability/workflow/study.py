"""A checked config: its zoos, the files of each, and one object per stage of the workflow.

Wildcards are any object with the names as attributes. Lists come in the order of names, so that
reordering the config changes no rule's inputs or params.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

from mergeability.metrics.registry import PAPER_FAMILIES, metric_names
from mergeability.workflow.analysis import Analysis
from mergeability.workflow.backbones import Backbones
from mergeability.workflow.bundles import (
    ANY_TASK,
    Bundle,
    Job,
    in_parts,
    jobs_of_bundles,
)
from mergeability.workflow.checkpoints import Checkpoints
from mergeability.workflow.data import Data
from mergeability.workflow.figures import Figures
from mergeability.workflow.merging import Merging
from mergeability.workflow.metrics import Metrics
from mergeability.workflow.prediction import Prediction
from mergeability.workflow.recommendation import Recommendations
from mergeability.workflow.report import Report
from mergeability.workflow.sets import Sets
from mergeability.workflow.zoo import read_zoos

Wildcards = Any
Files = Callable[[Wildcards], list[str]]


class Study:
    """What the rules ask: `study.merging` for those of `merging.smk`, and so on."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.zoos, self.left_out = read_zoos(config)
        self.mergers = sorted(config["mergers"])
        self.targets = sorted(config["prediction"]["targets"])
        self.families = sorted(config["metrics"]["families"])
        # The paper's, of the configured families: what analyses look at.
        self.paper_metrics = sorted(metric_names(set(self.families) & set(PAPER_FAMILIES)))
        self.data = Data(self)
        self.backbones = Backbones(self)
        self.checkpoints = Checkpoints(self)
        self.merging = Merging(self)
        self.metrics = Metrics(self)
        self.prediction = Prediction(self)
        self.analysis = Analysis(self)
        self.sets = Sets(self)
        self.recommendations = Recommendations(self)
        self.figures = Figures(self)
        self.report = Report(self)

    def zoos_that_are(self, *kinds: str) -> list[str]:
        """Names of the zoos for which these properties of `Zoo` hold."""
        return [n for n, zoo in self.zoos.items() if all(getattr(zoo, kind) for kind in kinds)]

    def files(self, pattern: str, zoo: str, **given: Any) -> list[str]:
        """The files that a pattern stands for in a zoo; wildcards not given take all their values.

        A given value may be one name or several. Backbone and dataset are those of the zoo.
        """
        entry = self.zoos[zoo].entry
        values = []
        for name in wildcards_in(pattern):
            value = zoo if name == "zoo" else given.get(name) or entry.get(name)
            if value is None:
                value = self._all_values(name, zoo, pattern)
            values.append([value] if isinstance(value, str) else value)
        names = wildcards_in(pattern)
        return [pattern.format(**dict(zip(names, c, strict=True))) for c in product(*values)]

    def file(self, pattern: str) -> Callable[[Wildcards], str]:
        """Input: the one file of a pattern that agrees with the wildcards of the rule."""

        def find(wildcards: Wildcards) -> str:
            (file,) = self.files(pattern, **dict(wildcards.items()))
            return file

        return find

    def every(self, *patterns: str) -> Files:
        """Input: all files of some patterns that agree with the wildcards of the rule."""
        return lambda wildcards: [
            file for pattern in patterns for file in self.files(pattern, **dict(wildcards.items()))
        ]

    def of_job(self, job: Job, pattern: str) -> Files:
        """Input: the file of a pattern for each task of a job."""
        return lambda wildcards: self.files(pattern, wildcards.zoo, task=job.names(wildcards))

    def targets_per_job(self, kind: str) -> int:
        """How many targets of a kind (`tasks`, `pairs`) one job makes."""
        size: int = self.config.get("targets_per_job", {}).get(kind, 1)
        return size

    def jobs_of_tasks(self, rule: str, *kinds: str) -> list[Job]:
        """The jobs of a rule that makes a file per task of the zoos with these properties.

        Candidates with images may be of tasks that no checkpoint of the zoo is of.
        """
        size = self.targets_per_job("tasks")

        def bundles(zoo: str) -> list[Bundle]:
            listed = self.zoos[zoo].listed_tasks
            candidates = {
                name
                for entry in self.config.get("recommendations", {}).values()
                if entry.get("learn_from") == zoo and entry.get("data")
                for name in entry["candidates"]
            }
            others = sorted(candidates - {*listed})
            return [*in_parts("tasks", listed, size), *in_parts("candidates", others, size)]

        return jobs_of_bundles(rule, ANY_TASK, self.zoos_that_are(*kinds), size, bundles)

    def of_zoos(self, zoos: Sequence[str], *patterns: str) -> list[str]:
        """The files of several patterns in some zoos."""
        return [file for zoo in zoos for pattern in patterns for file in self.files(pattern, zoo)]

    def _all_values(self, name: str, zoo: str, pattern: str) -> Sequence[str]:
        """All values of a wildcard in a zoo; pairs that mergers merge are those asked for."""
        if name in {"task", "held_out_task"}:
            return self.zoos[zoo].tasks
        if name == "pair":
            found = self.zoos[zoo]
            return found.merged_pairs if "{merger}" in pattern else found.pairs
        if name == "predictor":
            return self.prediction.predictors_of(zoo)
        return {
            "merger": self.mergers,
            "target": self.targets,
            "protocol": self.prediction.protocols,
            "pooled_protocol": self.prediction.pooled_protocols,
            "ablation": self.analysis.ablations,
        }[name]


@cache
def wildcards_in(pattern: str) -> tuple[str, ...]:
    """The names of the wildcards in a pattern, sorted."""
    return tuple(sorted(set(re.findall(r"{(\w+)}", pattern))))
