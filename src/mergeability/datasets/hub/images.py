"""A task's Parquet files turned into its splits: training images encoded, test images as pixels.

Decoded once, a test split is read from the disk at every evaluation; a decoded training split would
be ten times as large as its files (39 GB for PCAM), so it is decoded batch by batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mergeability.datasets.encoded import for_each
from mergeability.datasets.hub.parquet import iterate_images, read_labels, stated_class_names
from mergeability.datasets.hub.task import SPLITS, Task
from mergeability.datasets.preprocessing import Preprocessing, open_image
from mergeability.joblog import progress
from mergeability.streaming import stream_tensors
from mergeability.suggestions import shortened

_IMAGES_AT_A_TIME = 256

Files = Mapping[str, Sequence[Path]]


def downloaded_files(manifest: Mapping[str, Any], cache: str | Path) -> Files:
    """The files of each split in the order of the manifest that `download_task` made.

    Raises `ValueError` for a file that is no longer there, or has another size.
    """
    for entry in manifest["files"]:
        path = Path(cache) / entry["path"]
        size = path.stat().st_size if path.is_file() else None
        if size != entry["size"]:
            found = "is missing" if size is None else f"has {size} bytes"
            raise ValueError(
                f"{path}: {found}, but {entry['size']} bytes were downloaded; delete the manifest "
                "to download the dataset again"
            )
    return {
        split: [Path(cache) / f["path"] for f in manifest["files"] if f["split"] == split]
        for split in SPLITS
    }


def class_names(task: Task, files: Files) -> list[str]:
    """Names of the classes in the order of labels: those of the task file, or of the dataset.

    The task file may rename classes, but no name may be that of another class in the dataset.

    Raises `ValueError` where one is, and without names in the task file where the dataset states
    none, not all files agree, or the task file counts other classes.
    """
    stated = {
        stated_class_names(path, task.columns.label) for paths in files.values() for path in paths
    }
    if task.class_names is not None:
        for names in stated - {None}:
            _check_order(task, task.class_names, names or ())
        return list(task.class_names)
    names = stated.pop()
    if stated or names is None:
        reason = "its files disagree on class names" if stated else "it states no class names"
        raise ValueError(f"task {task.name!r}: {reason}; list them under class_names")
    if len(names) != task.classes:
        raise ValueError(
            f"task {task.name!r}: the dataset has {len(names)} classes, but the task file says "
            f"{task.classes}; correct classes"
        )
    return list(names)


def _check_order(task: Task, chosen: Sequence[str], stated: Sequence[str]) -> None:
    known = {_plain(name) for name in chosen}
    classes = task.label_map or range(task.classes)
    for label, (name, number) in enumerate(zip(stated, classes, strict=False)):
        elsewhere = _plain(name) in known and _plain(name) != _plain(chosen[number])
        if elsewhere or (name in chosen and name != chosen[number]):
            raise ValueError(
                f"task {task.name!r}: label {label} is {name!r} in the dataset, but "
                f"{chosen[number]!r} in the task file; list class_names in the dataset's order "
                f"({shortened(stated)}), or say under label_map which class each label is"
            )


def _plain(name: str) -> str:
    """What remains of a name in any spelling: `Baseball_Diamond` and `baseball diamond` agree."""
    return "".join(filter(str.isalnum, name.casefold())) or name


def write_test_split(
    path: str | Path, task: Task, files: Files, image_size: int, threads: int
) -> None:
    """Decode the test split into uint8 `images` [N, S, S, 3] with `labels`, as `read_split` wants.

    Raises `ValueError` for labels out of range and images that cannot be decoded.
    """
    labels = labels_of(task, "test", files["test"])
    preprocessing = Preprocessing(image_size, task.orientation == "transpose")
    with ThreadPoolExecutor(threads) as pool:
        chunks = (
            np.stack(for_each(pool, preprocessing, encoded, rows, f"task {task.name!r}, test"))
            for encoded, rows in _batches(task, "test", files["test"], len(labels))
        )
        stream_tensors(path, "images", chunks, lambda: {"labels": labels}, {})


def write_train_split(
    path: str | Path, task: Task, files: Files, image_size: int, threads: int
) -> None:
    """Put the encoded images of the training split one after another, as `read_split` wants.

    Each is decoded once, so that no broken one stops fine-tuning half-way. Errors are those of
    `write_test_split`.
    """
    labels = labels_of(task, "train", files["train"])
    sizes = [0]
    with ThreadPoolExecutor(threads) as pool:

        def checked() -> Iterator[NDArray[np.uint8]]:
            for encoded, rows in _batches(task, "train", files["train"], len(labels)):
                for_each(pool, open_image, encoded, rows, f"task {task.name!r}, train")
                sizes.extend(map(len, encoded))
                yield np.frombuffer(b"".join(encoded), np.uint8)

        stream_tensors(
            path,
            "encoded",
            checked(),
            lambda: {"labels": labels, "offsets": np.cumsum(sizes)},
            {"image_size": image_size, "transpose": task.orientation == "transpose"},
        )


def labels_of(task: Task, split: str, files: Sequence[Path]) -> NDArray[np.int64]:
    """Class indices of a split, through the task's label map; `ValueError` if one is none."""
    labels = np.concatenate([read_labels(path, task.columns.label) for path in files])
    if len(labels) == 0:
        raise ValueError(f"task {task.name!r}: split {split!r} is empty; correct splits.{split}")
    known = len(task.label_map) if task.label_map else task.classes
    wrong = np.flatnonzero((labels < 0) | (labels >= known))
    if len(wrong):
        label = labels[wrong[0]]
        cure = (
            "correct classes or label_map"
            if label >= 0
            else f"the dataset hides its class; name a split with labels under splits.{split}"
        )
        raise ValueError(
            f"task {task.name!r}, {split}: image {wrong[0]} has label {label}, expected 0 to "
            f"{known - 1}; {cure}"
        )
    return np.asarray(task.label_map)[labels] if task.label_map else labels


def _batches(
    task: Task, split: str, files: Sequence[Path], total: int
) -> Iterator[tuple[list[bytes], range]]:
    """Encoded images and their rows in the split, some at a time, with progress."""
    images = (image for path in files for image in iterate_images(path, task.columns.image))
    shown = progress(images, total, f"preparing {task.name}, {split}")
    first = 0
    while batch := list(islice(shown, _IMAGES_AT_A_TIME)):
        yield batch, range(first, first + len(batch))
        first += len(batch)
