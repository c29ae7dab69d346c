"""Image-caption pairs for pretraining, over the same families as the tasks but not alike.

Most images have the plainer web look with other fonts; a caption may name the class exactly,
only its coarse kind, or be wrong. So zero-shot accuracy stays well below what fine-tuning
reaches, as with real data.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mergeability.datasets.catalog import TINY_TASKS
from mergeability.datasets.tiny.canvas import TASK, WEB, Images, Look
from mergeability.datasets.tiny.generate import balanced_labels, renderer
from mergeability.datasets.tiny.labels import TEMPLATES, class_names
from mergeability.naming import stable_seed

TASK_LOOK_SHARE = 0.2
WRONG_SHARE = 0.03


class Family(NamedTuple):
    """How the captions of a family speak of its images."""

    coarse: str
    exact_share: float = 0.9


# Handwritten digits are not shown: they are the one task whose images are new to the backbone.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "digits_font": Family("digit"),
        "latin_upper": Family("capital letter"),
        "latin_lower": Family("small letter"),
        "greek": Family("greek letter"),
        "cyrillic": Family("cyrillic letter"),
        "armenian": Family("armenian letter", 0.3),
        "scripts": Family("character"),
        "symbols": Family("symbol"),
        "arrows": Family("arrow", 0.6),
        "shapes": Family("plain thing"),
        "colours": Family("thing"),
        "count": Family("group"),
        "grating": Family("grating", 0.3),
        "textures": Family("texture"),
        "position": Family("object"),
        "symmetry": Family("pattern", 0.3),
        "clock": Family("clock", 0.3),
        "signs": Family("sign"),
        "faces": Family("face"),
    }
)


def generate_captioned(seed: int, pairs: int) -> tuple[Images, list[str]]:
    """About `pairs` images [N, 32, 32, 3] with one caption each, family after family."""
    per_family = pairs // len(FAMILIES)
    in_task_look = round(TASK_LOOK_SHARE * per_family)
    images: list[Images] = []
    captions: list[str] = []
    for name in FAMILIES:
        for look, size in ((WEB, per_family - in_task_look), (TASK, in_task_look)):
            drawn, described = _describe(name, look, size, seed)
            images.append(drawn)
            captions += described
    return np.concatenate(images), captions


def possible_captions() -> list[str]:
    """Every caption there can be, prompts of the tasks included: what a tokenizer must know."""
    kinds = [family.coarse for family in FAMILIES.values()]
    names = [name for task in TINY_TASKS for name in class_names(task)]
    return [template.format(name) for template in TEMPLATES for name in (*kinds, *names)]


def _describe(name: str, look: Look, size: int, seed: int) -> tuple[Images, list[str]]:
    family, names = FAMILIES[name], class_names(name)
    rng = np.random.default_rng(stable_seed("tiny", "captioned", name, look.name, seed))
    labels = balanced_labels(rng, TINY_TASKS[name].classes, size)
    told = np.where(rng.random(size) < WRONG_SHARE, rng.permutation(labels), labels)
    exact = rng.random(size) < family.exact_share
    template = rng.integers(len(TEMPLATES), size=size)
    captions = [
        TEMPLATES[chosen].format(names[label] if is_exact else family.coarse)
        for chosen, label, is_exact in zip(template, told, exact, strict=True)
    ]
    return renderer(name)(rng, labels, look), captions
