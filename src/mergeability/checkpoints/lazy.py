"""Tensors that are read when they are asked for, whole or some rows of them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from mergeability.files import check_memory
from mergeability.tensors import BLOCK

ALL = slice(None)

TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz, "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U64": torch.uint64, "U32": torch.uint32, "U16": torch.uint16, "U8": torch.uint8,
    "BOOL": torch.bool,
}  # fmt: skip


class LazyTensor(NamedTuple):
    """A tensor of a file: its shape and type, and a function that reads some of its rows.

    `held` is the tensor itself where it is in memory, or mapped to it.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[slice], Tensor]
    held: Tensor | None = None

    def load(self, rows: slice = ALL) -> Tensor:
        """The tensor, or the entries `rows` of its first dimension."""
        return self.read(rows)

    @property
    def size(self) -> int:
        """Number of entries."""
        return prod(self.shape)


def of_tensor(tensor: Tensor) -> LazyTensor:
    """A tensor that is in memory, or mapped to it."""
    tensor = tensor.detach()

    def read(rows: slice) -> Tensor:
        return tensor if rows == ALL else tensor[rows]

    return LazyTensor(tuple(tensor.shape), tensor.dtype, read, tensor)


def row_blocks(shape: Sequence[int]) -> Iterator[slice]:
    """Rows of a tensor that are together about a quarter of a million entries, in order."""
    if prod(shape) <= BLOCK:
        yield ALL
        return
    step = max(1, BLOCK // prod(shape[1:]))
    for start in range(0, shape[0], step):
        yield slice(start, min(start + step, shape[0]))


def open_safetensors(path: Path) -> dict[str, LazyTensor]:
    """The tensors of a safetensors file, in the order of their names.

    Each is read from the file anew, so no more of it stays in memory than what is held. Raises
    `ValueError`, naming file and cure, where it is cut short or has a type that torch lacks.
    """
    try:
        with safe_open(path, framework="pt"):  # checks header and size
            pass
    except (SafetensorError, OSError, MemoryError) as error:
        check_memory(path, error)
        raise ValueError(
            f"{path}: broken safetensors file ({error}); it may be cut short, copy or download it "
            "again"
        ) from error
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return {name: _entry(path, 8 + size, name, header[name]) for name in sorted(header)}


def _entry(path: Path, data: int, name: str, entry: Mapping[str, object]) -> LazyTensor:
    kind = TYPES.get(str(entry["dtype"]))
    if kind is None:
        raise ValueError(
            f"{path}: tensor {name!r} is of type {entry['dtype']}, which cannot be read; save the "
            "model in float32 or bfloat16"
        )
    shape = tuple(map(int, entry["shape"]))  # type: ignore[call-overload]
    start = data + int(entry["data_offsets"][0])  # type: ignore[index]

    def read(rows: slice) -> Tensor:
        first, last, _ = rows.indices(shape[0]) if shape and rows != ALL else (0, 1, 1)
        row = prod(shape[1:]) * kind.itemsize
        wanted = (last - first, *shape[1:]) if rows != ALL else shape
        content = bytearray(prod(wanted) * kind.itemsize)
        if not content:
            return torch.empty(wanted, dtype=kind)
        with path.open("rb") as file:
            file.seek(start + (first * row if rows != ALL else 0))
            if file.readinto(content) < len(content):
                raise ValueError(f"{path}: cut short while it was read; copy or download it again")
        return torch.frombuffer(content, dtype=kind).reshape(wanted)

    return LazyTensor(shape, kind, read)
