"""Reading and writing of artifacts: whole or not at all, and byte for byte reproducible."""

import hashlib
import json
import os
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import ENOMEM
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

if TYPE_CHECKING:  # pandas takes longer to import than most jobs to run
    import pandas as pd

Tensors = dict[str, NDArray[Any]]

# safetensors writes several metadata keys in random order, so everything goes under one.
METADATA_KEY = "mergeability"

_OLD_SECONDS = 7 * 24 * 3600  # longer than any job writes to one file
_NO_MEMORY = re.compile(r"(allocate|enough|out of) memory|os error 12\b|realloc.* failed", re.I)

_NUMPY_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path` that replaces it on success and vanishes on failure.

    Its name is never used twice and names its process: on a cluster, a job that was given up may
    still be writing while its successor does. The content is on the disk before the name is, so
    that no crash of a node leaves a file under its final name that is not whole. What killed jobs
    left of earlier attempts is removed: those of this machine at once, others once they are old.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    name = f".{target.stem}.{{}}.partial{target.suffix}"
    owners = re.compile(re.escape(name).replace(r"\{\}", r"(\w+)-(\d+)-\w+"))
    for stale in target.parent.glob(".*.partial*"):
        owner = owners.fullmatch(stale.name)
        if owner and _is_abandoned(stale, owner[1], int(owner[2])):
            stale.unlink(missing_ok=True)
    temporary = target.with_name(name.format(f"{_machine()}-{os.getpid()}-{uuid4().hex[:8]}"))
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _is_abandoned(partial: Path, machine: str, process: int) -> bool:
    """Whether no process can be writing to it any more, as far as can be told from here."""
    try:
        if machine == _machine():
            os.kill(process, 0)
        return time.time() - partial.stat().st_mtime > _OLD_SECONDS
    except ProcessLookupError:
        return True
    except OSError:  # of somebody else, or gone
        return False


@cache
def _machine() -> str:
    """A digest of what numbers of processes are unique in: the node and, where any, the container.

    Nodes that share a file system have names of their own, containers on a node may not.
    """
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:12]


def check_free(out: Path) -> None:
    """Raise `FileExistsError` where something is in the place of an output; an empty folder may."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise FileExistsError(f"{out}: is there already; name another output, or delete it")


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON with sorted keys; NaN and infinity raise `ValueError`."""
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: str | Path) -> Any:
    """Read one JSON document; a broken file is named in the error."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path}: not valid JSON ({error}); delete the file to rebuild it"
        ) from error


def write_tensors(
    path: str | Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any] | None = None
) -> None:
    """Write a safetensors file; `metadata` (JSON-serialisable) goes into its header."""
    header = {METADATA_KEY: json.dumps(metadata or {}, sort_keys=True)}
    contiguous = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(contiguous, temporary, metadata=header)


def check_memory(path: str | Path, error: BaseException) -> None:
    """Raise `ValueError` if a file could not be read because the memory did not suffice.

    Libraries say so in many ways, which else look like those of a broken file.
    """
    if (
        isinstance(error, MemoryError)
        or getattr(error, "errno", None) == ENOMEM
        or _NO_MEMORY.search(str(error))
    ):
        raise ValueError(
            f"{path}: there is not enough memory to read it; give the job more, or end other "
            f"programs ({str(error).splitlines()[0] if str(error) else 'MemoryError'})"
        ) from error


@contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except (SafetensorError, MemoryError) as error:
        check_memory(path, error)
        raise ValueError(
            f"{path}: not a whole safetensors file ({error}); delete it to rebuild it"
        ) from error


def read_tensors(path: str | Path, prefix: str = "") -> Tensors:
    """Read the tensors whose name starts with `prefix`, which is cut off; nothing else is loaded.

    Raises `ValueError` for a file that is cut short, and where a tensor holds NaN or infinity.
    """
    with _opened(path) as file:
        tensors = {
            name.removeprefix(prefix): file.get_tensor(name)
            for name in sorted(file.keys())
            if name.startswith(prefix)
        }
    for name, array in tensors.items():
        if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
            raise ValueError(f"{path}: tensor {prefix + name!r} holds NaN or infinite values")
    return tensors


def map_tensors(path: str | Path, prefix: str = "") -> Tensors:
    """The tensors whose name starts with `prefix` (cut off), as read-only views of the file.

    Nothing is read before it is looked at, and nothing is checked for NaN: that would read it all.
    Raises `ValueError` for a file that is cut short, and a type of number that NumPy does not have.
    """
    with _opened(path):  # refuses what is not a whole safetensors file
        pass
    with Path(path).open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    data = np.asarray(np.memmap(path, mode="r", offset=8 + size))
    return {
        name.removeprefix(prefix): _view(data, entry, f"{path}: tensor {name!r}")
        for name, entry in sorted(header.items())
        if name != "__metadata__" and name.startswith(prefix)
    }


def _view(data: NDArray[np.uint8], entry: Mapping[str, Any], source: str) -> NDArray[Any]:
    if entry["dtype"] not in _NUMPY_TYPES:
        raise ValueError(f"{source} has type {entry['dtype']}; convert it to one of NumPy's types")
    start, end = entry["data_offsets"]
    return data[start:end].view(_NUMPY_TYPES[entry["dtype"]]).reshape(entry["shape"])


def sha256_of(path: str | Path) -> str:
    """The checksum of a file, which may be larger than the memory."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The metadata that `write_tensors` stored in the header."""
    with _opened(path) as file:
        header = file.metadata() or {}
    metadata: dict[str, Any] = json.loads(header.get(METADATA_KEY, "{}"))
    return metadata


def write_table(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of equal keys as Parquet; the types follow from the values."""
    with atomic_path(path) as temporary:
        parquet.write_table(pa.Table.from_pylist(list(rows)), temporary)


def read_table(path: str | Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows


def write_frame(path: str | Path, frame: "pd.DataFrame") -> None:
    """Write a data frame as Parquet, without its index."""
    with atomic_path(path) as temporary:
        frame.to_parquet(temporary, index=False)


def write_csv(path: str | Path, frame: "pd.DataFrame", float_format: str | None = None) -> None:
    """Write a data frame as CSV (tab-separated if it is called .tsv), without its index.

    Numbers are written in full unless a format is given.
    """
    separator = "\t" if Path(path).suffix == ".tsv" else ","
    with atomic_path(path) as temporary:
        frame.to_csv(
            temporary, sep=separator, index=False, float_format=float_format, lineterminator="\n"
        )


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in UTF-8."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
