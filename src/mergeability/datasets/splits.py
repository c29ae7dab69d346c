"""One split of a classification dataset as a file: images and their labels."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mergeability.files import Tensors, map_tensors, read_metadata, write_tensors

if TYPE_CHECKING:
    from mergeability.datasets.encoded import EncodedImages


class Images(Protocol):
    """Indexed like uint8 [N, H, W, 3]: an array, or rows that are read or decoded when taken."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice | NDArray[np.integer], /) -> NDArray[np.uint8]: ...


class Split(NamedTuple):
    """Images, and class indices as int64 [N]."""

    images: Images
    labels: NDArray[np.int64]


def write_split(path: str | Path, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    """Write one split; raises `ValueError` if it is not a valid `Split`."""
    tensors: Tensors = {"images": images, "labels": labels}
    _check_images(tensors, "cannot write this split")
    write_tensors(path, tensors)


def read_split(path: str | Path) -> Split:
    """Read one split; raises `ValueError`, naming the file, if it is not a valid `Split`.

    Images are read from the file when they are looked at.
    """
    tensors = map_tensors(path)
    if tensors.keys() == {"images", "labels"}:
        _check_images(tensors, str(path))
        return Split(tensors["images"], np.array(tensors["labels"]))
    if tensors.keys() == {"encoded", "labels", "offsets"}:
        return Split(_encoded_images(tensors, path), np.array(tensors["labels"]))
    raise ValueError(
        f"{path}: expected tensors images and labels, or encoded, labels and offsets, found "
        f"{', '.join(tensors)}; delete the file to rebuild it"
    )


def _encoded_images(tensors: Tensors, path: str | Path) -> "EncodedImages":
    # Decoding needs torchvision, whose import takes longer than most jobs that read arrays.
    import torch  # noqa: PLC0415

    from mergeability.datasets.encoded import EncodedImages  # noqa: PLC0415
    from mergeability.datasets.preprocessing import Preprocessing  # noqa: PLC0415

    encoded, offsets = tensors["encoded"], np.array(tensors["offsets"])
    _check_types(encoded, tensors["labels"], str(path))
    _check_labels(tensors["labels"], len(offsets) - 1, str(path))
    if offsets[0] != 0 or offsets[-1] != len(encoded) or (np.diff(offsets) <= 0).any():
        raise ValueError(
            f"{path}: offsets do not divide the encoded images; delete it to rebuild it"
        )
    metadata = read_metadata(path)
    preprocessing = Preprocessing(metadata["image_size"], metadata["transpose"])
    return EncodedImages(encoded, offsets, preprocessing, str(path), torch.get_num_threads())


def _check_images(tensors: Tensors, source: str) -> None:
    images = tensors["images"]
    _check_types(images, tensors["labels"], source)
    if images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(f"{source}: images must be [N, H, W, 3], got shape {images.shape}")
    if images.size == 0:
        raise ValueError(f"{source}: no images")
    _check_labels(tensors["labels"], len(images), source)


def _check_types(images: NDArray[np.uint8], labels: NDArray[np.int64], source: str) -> None:
    if images.dtype != np.uint8 or labels.dtype != np.int64:
        raise ValueError(
            f"{source}: expected uint8 images and int64 labels, got {images.dtype}, {labels.dtype}"
        )


def _check_labels(labels: NDArray[np.int64], images: int, source: str) -> None:
    if labels.shape != (images,):
        raise ValueError(f"{source}: {images} images, but labels have shape {labels.shape}")
    if images == 0:
        raise ValueError(f"{source}: no images")
    if labels.min() < 0:
        raise ValueError(f"{source}: negative label {labels.min()}")
