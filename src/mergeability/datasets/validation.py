"""Validation samples: training examples that fine-tuning leaves out, to choose settings by."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mergeability.datasets.splits import Split, read_split, write_split
from mergeability.files import read_metadata
from mergeability.naming import stable_seed


class SelectedExamples:
    """Some rows of examples, in this order; nothing is read or decoded before it is asked for."""

    def __init__(self, split: Split, rows: NDArray[np.int64]) -> None:
        self._examples, self._rows = split.examples, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: slice | NDArray[np.integer]) -> NDArray[Any]:
        """The examples of a slice or an array of rows."""
        return self._examples[self._rows[index]]


def draw_validation(train: Split, task: str, samples: int, seed: int) -> NDArray[np.int64]:
    """Rows of `samples` examples of the training split, increasing.

    The choice depends on `seed` and the task's name only. Raises `ValueError` unless some are
    left to train on.
    """
    if samples >= len(train.labels):
        raise ValueError(
            f"task {task!r} has {len(train.labels)} training examples, of which validation.samples "
            f"= {samples} leave none to train on; lower it in the config"
        )
    rng = np.random.default_rng(stable_seed(seed, "validation", task))
    return np.sort(rng.choice(len(train.labels), size=samples, replace=False))


def write_validation(path: str | Path, train: Split, rows: NDArray[np.int64]) -> None:
    """Write the examples of these rows as a split that says which rows they are."""
    header = {"of": len(train.labels), "rows": rows.tolist()}
    write_split(path, train.examples[rows], train.labels[rows], header)


def read_training(path: str | Path, validation: str | Path | None = None) -> Split:
    """The training split without the rows of the file `validation`, if there is one.

    Raises `ValueError`, naming the file, where that was drawn from a smaller or larger split.
    """
    train = read_split(path)
    if validation is None:
        return train
    header = read_metadata(validation)
    if header["of"] != len(train.labels):
        raise ValueError(
            f"{validation} was drawn from {header['of']} examples, but {path} has "
            f"{len(train.labels)}; delete it to draw it again"
        )
    rows = np.setdiff1d(np.arange(len(train.labels)), header["rows"])
    return Split(SelectedExamples(train, rows), train.labels[rows])
