"""Inputs and params of the rules in metrics.smk: sketches of checkpoints, metrics of pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.metrics.registry import PARTS, parts_of
from mergeability.naming import tasks_of
from mergeability.workflow import paths
from mergeability.workflow.bundles import Job

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


@dataclass(frozen=True)
class Metrics:
    """Of the config's `metrics`."""

    study: "Study"

    @property
    def needs(self) -> set[str]:
        """What the configured families look at: weights, calibration samples, probe samples."""
        return {PARTS[part] for part in self.settings["parts"]}

    def jobs(self, rule: str, kind: str) -> list[Job]:
        """The kinds of job of a rule that computes metrics of pairs of zoos of this kind."""
        return self.study.merging.jobs_of_pairs(rule, self.study.zoos_that_are(kind))

    @property
    def settings(self) -> dict[str, Any]:
        """Param: what sketches hold, and how much of the spectra."""
        metrics = self.study.config["metrics"]
        return {
            "parts": parts_of(self.study.families),
            "spectrum_size": metrics["spectrum_size"],
            "subspace_rank": metrics["subspace_rank"],
        }

    @property
    def modules(self) -> list[str]:
        """Modules: the configured families."""
        return [family_module(family) for family in self.study.families]

    def domain_modules(self, wildcards: Any) -> list[str]:
        """Modules: the domain of examples, where families look at any."""
        looked_at = self.needs != {"weights"}
        return self.study.backbones.domain_modules(wildcards) if looked_at else []

    def sketch_inputs(self, job: Job) -> Callable[[Any], dict[str, str | list[str]]]:
        """Inputs by name: images and heads for data-driven metrics; none if only weights matter."""

        def find(wildcards: Any) -> dict[str, str | list[str]]:
            shared = self._shared_inputs(wildcards)
            own = {"own": paths.CALIBRATION} if "common" in shared else {}
            per_task = {**own, "heads": paths.HEAD} if shared else {}
            return {
                **shared,
                **{n: self.study.of_job(job, p)(wildcards) for n, p in per_task.items()},
            }

        return find

    def probed_tasks(self, wildcards: Any) -> list[str]:
        """Param: the tasks whose probe samples checkpoints look at: all, since partners vary."""
        return self.study.zoos[wildcards.zoo].tasks if "probes" in self.needs else []

    def of_pairs(self, job: Job, pattern: str) -> Callable[[Any], list[str]]:
        """Input: the files of a pattern of all tasks of some pairs, in the order of tasks."""

        def find(wildcards: Any) -> list[str]:
            tasks = tasks_of(job.names(wildcards))
            return self.study.files(pattern, wildcards.zoo, task=tasks)

        return find

    def timed_tasks(self, wildcards: Any) -> list[str]:
        """Param: the two tasks of a zoo whose checkpoints are timed."""
        return self.study.zoos[wildcards.zoo].tasks[:2]

    def timed_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Inputs by name: two checkpoints and what sketching them needs."""
        shared = self._shared_inputs(wildcards)
        per_task = {"checkpoints": paths.CHECKPOINT}
        if shared:
            per_task["heads"] = paths.HEAD
        if "common" in shared:
            per_task["own"] = paths.CALIBRATION
        tasks = self.timed_tasks(wildcards)
        return {
            "pretrained": self.study.file(paths.VISION_TOWER)(wildcards),
            **shared,
            **{n: self.study.files(p, wildcards.zoo, task=tasks) for n, p in per_task.items()},
        }

    def _shared_inputs(self, wildcards: Any) -> dict[str, str | list[str]]:
        """What data-driven metrics need that is the same for all checkpoints of the zoo."""
        needs = self.needs
        if needs == {"weights"}:
            return {}
        shared: dict[str, str | list[str]] = {
            "architecture": self.study.file(paths.ARCHITECTURE)(wildcards)
        }
        if "calibration" in needs:
            shared["common"] = self.study.data.common_calibration(wildcards.zoo)
        if "probes" in needs:
            tasks = self.probed_tasks(wildcards)
            shared["probes"] = self.study.files(paths.PROBES, wildcards.zoo, task=tasks)
        return shared


def family_module(family: str) -> str:
    """The module that computes a family of metrics."""
    return f"metrics.families.{family}"
