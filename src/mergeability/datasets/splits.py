"""One split of a classification dataset as a file: examples and their labels.

Examples are images or texts. In memory both are arrays; in a file, images are pixels or still
encoded, and texts are UTF-8.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mergeability.datasets.text.packing import pack_texts, unpack_texts
from mergeability.files import Tensors, map_tensors, read_metadata, write_tensors

if TYPE_CHECKING:
    from mergeability.datasets.encoded import EncodedImages


class Examples(Protocol):
    """Indexed like images uint8 [N, H, W, 3] or texts [N]: an array, or what is read when taken."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice | NDArray[np.integer], /) -> NDArray[Any]: ...


class Split(NamedTuple):
    """Examples, and class indices as int64 [N]."""

    examples: Examples
    labels: NDArray[np.int64]


def write_split(
    path: str | Path,
    examples: NDArray[Any],
    labels: NDArray[np.int64],
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write one split, with `metadata` in its header; `ValueError` if it is not a valid `Split`."""
    source = f"cannot write {path}"
    if examples.dtype.kind == "U":
        tensors = pack_texts(examples, source)
    else:
        tensors = {"images": examples}
        _check_images(examples, source)
    _check_labels(labels, len(examples), source)
    write_tensors(path, {**tensors, "labels": labels}, metadata)


def read_split(path: str | Path) -> Split:
    """Read one split; raises `ValueError`, naming the file, if it is not a valid `Split`.

    Images are read from the file when they are looked at.
    """
    tensors = map_tensors(path)
    examples: Examples
    match sorted(tensors):
        case ["images", "labels"]:
            examples = tensors["images"]
            _check_images(tensors["images"], str(path))
        case ["encoded", "labels", "offsets"]:
            examples = _encoded_images(tensors, path)
        case ["labels", "offsets", "texts"]:
            examples = unpack_texts(tensors, str(path))
        case _:
            raise ValueError(
                f"{path}: expected labels beside images, encoded images or texts with their "
                f"offsets, found {', '.join(sorted(tensors))}; delete the file to rebuild it"
            )
    labels = np.array(tensors["labels"])
    _check_labels(labels, len(examples), str(path))
    return Split(examples, labels)


def _encoded_images(tensors: Tensors, path: str | Path) -> "EncodedImages":
    # Decoding needs torchvision, whose import takes longer than most jobs that read arrays.
    import torch  # noqa: PLC0415

    from mergeability.datasets.encoded import EncodedImages  # noqa: PLC0415
    from mergeability.datasets.preprocessing import Preprocessing  # noqa: PLC0415

    encoded, offsets = tensors["encoded"], np.array(tensors["offsets"])
    _check_pixels(encoded, str(path))
    if offsets[0] != 0 or offsets[-1] != len(encoded) or (np.diff(offsets) <= 0).any():
        raise ValueError(
            f"{path}: offsets do not divide the encoded images; delete it to rebuild it"
        )
    metadata = read_metadata(path)
    preprocessing = Preprocessing(metadata["image_size"], metadata["transpose"])
    return EncodedImages(encoded, offsets, preprocessing, str(path), torch.get_num_threads())


def _check_images(images: NDArray[np.uint8], source: str) -> None:
    _check_pixels(images, source)
    if images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(f"{source}: images must be [N, H, W, 3], got shape {images.shape}")


def _check_pixels(images: NDArray[np.uint8], source: str) -> None:
    if images.dtype != np.uint8:
        raise ValueError(f"{source}: expected uint8 images, got {images.dtype}")


def _check_labels(labels: NDArray[np.int64], examples: int, source: str) -> None:
    if labels.dtype != np.int64:
        raise ValueError(f"{source}: expected int64 labels, got {labels.dtype}")
    if labels.shape != (examples,):
        raise ValueError(f"{source}: {examples} examples, but labels have shape {labels.shape}")
    if examples == 0:
        raise ValueError(f"{source}: no examples")
    if labels.min() < 0:
        raise ValueError(f"{source}: negative label {labels.min()}")
