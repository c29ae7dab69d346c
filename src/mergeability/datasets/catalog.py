"""The datasets that the workflow knows by name. Plain data: imported while rules are parsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mergeability.datasets.hub.task import task_files
from mergeability.datasets.text.registry import text_task_names


@dataclass(frozen=True)
class TinyTask:
    """One task of the embedded tiny zoo: its size, and the module that draws its images."""

    classes: int
    train_size: int
    test_size: int
    module: str


TINY_TASKS: Mapping[str, TinyTask] = MappingProxyType(
    {
        "digits_hand": TinyTask(10, 1200, 597, "handwriting"),
        "digits_font": TinyTask(10, 2000, 500, "glyphs"),
        "latin_upper": TinyTask(26, 4000, 500, "glyphs"),
        "latin_lower": TinyTask(26, 4000, 500, "glyphs"),
        "greek": TinyTask(24, 4000, 500, "glyphs"),
        "cyrillic": TinyTask(24, 4000, 500, "glyphs"),
        "armenian": TinyTask(20, 4000, 500, "glyphs"),
        "scripts": TinyTask(10, 3000, 500, "glyphs"),
        "symbols": TinyTask(24, 3000, 500, "glyphs"),
        "arrows": TinyTask(8, 1500, 500, "shapes"),
        "shapes": TinyTask(8, 2000, 500, "shapes"),
        "colours": TinyTask(10, 2000, 500, "patterns"),
        "count": TinyTask(6, 3000, 500, "shapes"),
        "grating": TinyTask(8, 1200, 500, "patterns"),
        "textures": TinyTask(10, 2000, 500, "patterns"),
        "position": TinyTask(9, 2000, 500, "shapes"),
        "symmetry": TinyTask(2, 4000, 500, "patterns"),
        "clock": TinyTask(12, 3000, 500, "pictograms"),
        "signs": TinyTask(24, 4000, 500, "pictograms"),
        "faces": TinyTask(7, 2000, 500, "pictograms"),
    }
)


_N20 = (
    *("SUN397", "Cars", "RESISC45", "EuroSAT", "SVHN", "GTSRB", "MNIST", "DTD"),
    *("Flowers102", "PCAM", "FER2013", "OxfordIIITPet", "STL10", "CIFAR100"),
    *("CIFAR10", "Food101", "FashionMNIST", "EMNIST", "KMNIST", "RenderedSST2"),
)

# The three sets of tasks that the literature reports (Wang et al. 2024, arXiv 2405.07813).
BENCHMARKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"N8": _N20[:8], "N14": _N20[:14], "N20": _N20}
)


def task_names(dataset: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of all tasks that a `datasets` entry of the config provides.

    Those of source "hub" have their files in the entry's `folder`; `ValueError` if it has none.
    """
    if dataset["source"] == "tiny":
        return tuple(TINY_TASKS)
    if dataset["source"] == "packages":
        return text_task_names()
    names = tuple(task_files(dataset["folder"]))
    if not names:
        raise ValueError(f"there are no task files (*.yaml) in {dataset['folder']}")
    return names
