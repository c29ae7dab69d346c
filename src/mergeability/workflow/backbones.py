"""Inputs, params and resources of the rules in backbones.smk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergeability.backbones.models import described_architecture, vision_megabytes
from mergeability.workflow import paths

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


@dataclass(frozen=True)
class Backbones:
    """Of the config's `backbones`."""

    study: "Study"

    def of_source(self, source: str) -> str:
        """Wildcard constraint: the backbones of a source."""
        return paths.one_of_source(self.study.config.get("backbones", {}), source)

    def weights(self, wildcards: Any) -> str:
        """Input: the file that holds the pretrained weights, or the manifest of its download."""
        source = self.study.config["backbones"][wildcards.backbone]["weights"]
        return source.get("path") or paths.BACKBONE_MANIFEST.format(backbone=wildcards.backbone)

    def memory(self, base: int, copies: int) -> Callable[[Any, int], int]:
        """Resource: MB for a job that holds so many copies of the vision tower at once.

        The same again in every further attempt.
        """

        def amount(wildcards: Any, attempt: int) -> int:
            known = dict(wildcards.items())
            backbone = known.get("backbone") or self.study.zoos[known["zoo"]].entry["backbone"]
            entry = self.study.config["backbones"][backbone]
            return attempt * (base + copies * vision_megabytes(described_architecture(entry)))

        return amount
