"""Writing a safetensors file whose largest tensor does not fit into memory."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mergeability.files import METADATA_KEY, Tensors, atomic_path

# The header comes first but is known last: this much is kept free for it. Spaces may follow it.
_HEADER_BYTES = 4096 - 8


def stream_tensors(
    path: str | Path,
    name: str,
    chunks: Iterable[NDArray[np.uint8]],
    others: Callable[[], Tensors],
    metadata: Mapping[str, Any],
) -> None:
    """Write tensor `name`, whose parts along the first axis are `chunks`, and some small tensors.

    `others` is called after the last chunk. The file reads like one of `write_tensors`; nothing is
    left where a chunk cannot be had or written. Raises `ValueError` where there are no chunks.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.seek(8 + _HEADER_BYTES)
        header: dict[str, Any] = {
            "__metadata__": {METADATA_KEY: json.dumps(metadata, sort_keys=True)},
            name: _write_chunks(file, path, chunks),
        }
        end = header[name]["data_offsets"][1]
        for other, array in others().items():
            start, end = end, end + array.nbytes
            kind = {"i": "I", "u": "U"}[array.dtype.kind] + str(8 * array.dtype.itemsize)
            header[other] = {"dtype": kind, "shape": array.shape, "data_offsets": [start, end]}
            file.write(array.tobytes())
        file.seek(0)
        file.write(_HEADER_BYTES.to_bytes(8, "little"))
        file.write(json.dumps(header).encode().ljust(_HEADER_BYTES))


def _write_chunks(
    file: BinaryIO, path: str | Path, chunks: Iterable[NDArray[np.uint8]]
) -> dict[str, Any]:
    length, shape = 0, None
    for chunk in chunks:
        length, shape = length + len(chunk), chunk.shape[1:]
        file.write(np.ascontiguousarray(chunk).data)
    if shape is None:
        raise ValueError(f"{path}: nothing to write")
    size = length * int(np.prod(shape))
    return {"dtype": "U8", "shape": [length, *shape], "data_offsets": [0, size]}
