"""Models that stay where they are: opened by the records that stand for them in a zoo.

A source says the `path` of a model and whether to `allow_pickle`. The record of a checkpoint holds
its `task`, its `source` and that of its `base`; `mergeability.recording` says what else.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mergeability.checkpoints.alignment import Checkpoint, align
from mergeability.checkpoints.opening import Weights, open_source, open_weights
from mergeability.files import read_json

Source = Mapping[str, Any]


def open_base(source: Source) -> Weights:
    """The base that a source, or its record, names; see `open_weights`."""
    return open_weights(source["path"], source.get("allow_pickle", False))


def open_checkpoint(source: Source, base: Weights) -> Checkpoint:
    """The checkpoint that a source, or its record, names; see `open_source` and `align`."""
    return align(open_source(source["path"], source.get("allow_pickle", False)), base)


def open_recorded(records: Iterable[str | Path]) -> tuple[Weights, dict[str, Checkpoint]]:
    """The base, and by their tasks the checkpoints, of which these files hold the records."""
    read = [read_json(path) for path in records]
    base = open_base(read[0]["base"])
    return base, {record["task"]: open_checkpoint(record["source"], base) for record in read}
