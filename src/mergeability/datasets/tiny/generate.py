"""Draws the splits of the tiny zoo's tasks."""

from importlib import import_module
from types import ModuleType

import numpy as np

from mergeability.datasets.catalog import TINY_TASKS
from mergeability.datasets.tiny.canvas import TASK, Images, Labels, Renderer
from mergeability.naming import stable_seed

SPLITS = ("train", "test")


def generate_split(task: str, split: str, seed: int) -> tuple[Images, Labels]:
    """Images [N, 32, 32, 3] and labels [N] of one split, the same for the same arguments.

    `split` is "train" or "test". Raises `ValueError` for an unknown task or split.
    """
    if task not in TINY_TASKS:
        raise ValueError(f"unknown tiny task {task!r}; known: {', '.join(TINY_TASKS)}")
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; known: {', '.join(SPLITS)}")
    description = TINY_TASKS[task]
    rng = np.random.default_rng(stable_seed("tiny", task, split, seed))
    if description.module == "handwriting":
        images, labels = _module("handwriting").render_digits(rng, split, seed)
        return images, labels
    size = description.train_size if split == "train" else description.test_size
    labels = balanced_labels(rng, description.classes, size)
    return renderer(task)(rng, labels, TASK), labels


def balanced_labels(rng: np.random.Generator, classes: int, size: int) -> Labels:
    """Labels in random order, each class as often as any other, give or take one."""
    return rng.permutation(np.arange(size) % classes)


def renderer(task: str) -> Renderer:
    """The function that draws the images of `task`, which must not be handwritten."""
    render: Renderer = _module(TINY_TASKS[task].module).RENDERERS[task]
    return render


def _module(name: str) -> ModuleType:
    # Imported on demand: scikit-learn and the fonts are slow to load, and few tasks need them.
    return import_module(f"mergeability.datasets.tiny.{name}")
