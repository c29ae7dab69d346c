"""One split of a classification dataset as a file: images and their labels."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mergeability.files import read_tensors, write_tensors


class Split(NamedTuple):
    """Images as uint8 [N, H, W, 3] and class indices as int64 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


def write_split(path: str | Path, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    """Write one split; raises `ValueError` if it is not a valid `Split`."""
    split = _checked(Split(images, labels), "cannot write this split")
    write_tensors(path, split._asdict())


def read_split(path: str | Path) -> Split:
    """Read one split; raises `ValueError`, naming the file, if it is not a valid `Split`."""
    tensors = read_tensors(path)
    if tensors.keys() != set(Split._fields):
        raise ValueError(f"{path}: expected tensors {Split._fields}, found {tuple(tensors)}")
    return _checked(Split(**tensors), str(path))


def _checked(split: Split, source: str) -> Split:
    images, labels = split
    if images.dtype != np.uint8 or labels.dtype != np.int64:
        raise ValueError(
            f"{source}: expected uint8 images and int64 labels, got {images.dtype}, {labels.dtype}"
        )
    if images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(f"{source}: images must be [N, H, W, 3], got shape {images.shape}")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{source}: {len(images)} images, but labels have shape {labels.shape}")
    if images.size == 0:
        raise ValueError(f"{source}: no images")
    if labels.min() < 0:
        raise ValueError(f"{source}: negative label {labels.min()}")
    return split
