"""What the hub's Parquet files of images hold. Every error names file and cure."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.parquet import ParquetFile

_ROWS_AT_A_TIME = 64  # of the largest images of the 20 tasks, that is some 30 MB


def count_rows(path: Path) -> int:
    """Number of rows of a Parquet file; `ValueError` where it is none, or not a whole one."""
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def stated_class_names(path: Path, column: str) -> tuple[str, ...] | None:
    """The names of a ClassLabel column in the schema's `huggingface` metadata; None without."""
    with _opened(path) as file:
        _check_labels(file, path, column)
        metadata = file.schema_arrow.metadata or {}
    info = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {})
    names = info.get("features", {}).get(column, {}).get("names")
    return None if names is None else tuple(names)


def read_labels(path: Path, column: str) -> NDArray[np.int64]:
    """Labels as the dataset has them, truth values as 0 and 1."""
    with _opened(path) as file:
        _check_labels(file, path, column)
        labels = file.read(columns=[column]).column(column)
    if labels.null_count:
        row = labels.is_null().index(True).as_py()
        raise ValueError(f"{path}: row {row} has no label; use another dataset or revision")
    return labels.to_numpy().astype(np.int64)


def iterate_images(path: Path, column: str) -> Iterator[bytes]:
    """Encoded images, one by one."""
    row = 0
    with _opened(path) as file:
        _check_column(file, path, column, "image")
        kind = file.schema_arrow.field(column).type
        if not pa.types.is_struct(kind) or kind.get_field_index("bytes") < 0:
            raise ValueError(
                f"{path}: column {column!r} has type {kind}, not images; correct columns.image"
            )
        for batch in file.iter_batches(_ROWS_AT_A_TIME, columns=[column], use_threads=False):
            images = batch.column(0).field("bytes").to_pylist()
            if None in images:
                raise ValueError(
                    f"{path}: row {row + images.index(None)} has no image; use another dataset or "
                    "revision"
                )
            yield from images
            row += len(images)


def _check_labels(file: ParquetFile, path: Path, column: str) -> None:
    _check_column(file, path, column, "label")
    kind = file.schema_arrow.field(column).type
    if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind)):
        raise ValueError(
            f"{path}: column {column!r} has type {kind}, not whole numbers or truth values; "
            "correct columns.label if another column numbers the classes, else use a dataset or "
            "revision that does"
        )


def _check_column(file: ParquetFile, path: Path, column: str, key: str) -> None:
    names = file.schema_arrow.names
    if column not in names:
        raise ValueError(
            f"{path}: there is no column {column!r}, only {', '.join(names)}; correct columns.{key}"
        )


@contextmanager
def _opened(path: Path) -> Iterator[ParquetFile]:
    try:
        with ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"{path}: not a whole Parquet file ({error}); delete it and download it again"
        ) from error
