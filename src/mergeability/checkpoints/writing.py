"""Models written a tensor at a time: one safetensors file, or a folder that transformers loads."""

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import torch

from mergeability.checkpoints.lazy import TYPES, LazyTensor
from mergeability.checkpoints.model_files import files_beside
from mergeability.checkpoints.opening import Weights
from mergeability.files import atomic_path, check_free, write_json

_NAMES = {kind: name for name, kind in TYPES.items()}


def write_safetensors(
    path: Path, tensors: Mapping[str, LazyTensor], metadata: Mapping[str, str]
) -> None:
    """Write a file, whole or not at all; each tensor is made when its turn comes."""
    # The format asks for no order; wide types first keep each tensor aligned.
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    header: dict[str, object] = {"__metadata__": {"format": "pt", **metadata}}
    end = 0
    for name in order:
        tensor = tensors[name]
        start, end = end, end + tensor.size * tensor.dtype.itemsize
        header[name] = {
            "dtype": _NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            _write_tensor(file, tensors[name])


def _write_tensor(file: BinaryIO, tensor: LazyTensor) -> None:
    content = tensor.load().to(tensor.dtype).contiguous()
    file.write(content.reshape(-1).view(torch.uint8).numpy().data)


def write_model(
    out: Path, tensors: Mapping[str, LazyTensor], base: Weights, metadata: Mapping[str, str]
) -> None:
    """Write a model of the kind of `base`: `out` is one file if it is called .safetensors.

    Else it becomes a folder with as many shards as the base has and their index, and with all that
    the base's folder holds beside weights, so that transformers loads it. It is there when it is
    whole. Raises `FileExistsError` where `out` exists.
    """
    check_free(out)
    if out.suffix == ".safetensors":
        write_safetensors(out, tensors, metadata)
        return
    with atomic_folder(out) as folder:
        if base.path.is_dir():
            for path in files_beside(base.path):  # links become the files they lead to
                copy = folder / path.relative_to(base.path)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        shards = sorted({base.files[name] for name in tensors})
        named = {
            shard: f"model-{number + 1:05d}-of-{len(shards):05d}.safetensors"
            for number, shard in enumerate(shards)
        }
        if len(shards) == 1:
            named = {shards[0]: "model.safetensors"}
        parts: dict[str, dict[str, LazyTensor]] = defaultdict(dict)
        for name, tensor in tensors.items():
            parts[named[base.files[name]]][name] = tensor
        for file, part in parts.items():
            write_safetensors(folder / file, part, metadata)
        if len(shards) > 1:
            size = sum(tensor.size * tensor.dtype.itemsize for tensor in tensors.values())
            places = {name: file for file, part in parts.items() for name in part}
            index = {"metadata": {"total_size": size}, "weight_map": places}
            write_json(folder / "model.safetensors.index.json", index)


@contextmanager
def atomic_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its name on success and vanishes on failure."""
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.{os.getpid()}-{uuid4().hex[:8]}.partial")
    temporary.mkdir()
    try:
        yield temporary
        temporary.replace(out)  # an empty folder may be there
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
