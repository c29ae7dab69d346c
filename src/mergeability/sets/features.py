"""What is known of a set before it is merged, from its pairs and its single models."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from mergeability.files import read_json
from mergeability.sets.names import set_name, split_set

SINGLES = ["single_accuracy", "zero_shot_ratio"]


def read_singles(paths: Iterable[str | Path]) -> pd.DataFrame:
    """What the evaluations of checkpoints say, one row per task (the index), columns `SINGLES`.

    The fine-tuned accuracy, and the zero-shot accuracy divided by it.
    """
    rows = {
        content["task"]: [content["accuracy"], content["zero_shot_accuracy"] / content["accuracy"]]
        for content in map(read_json, paths)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=SINGLES).sort_index()


def pairs_of(name: str) -> list[str]:
    """The names of all pairs of tasks of a set, sorted."""
    return [set_name(pair) for pair in combinations(split_set(name), 2)]


def set_features(
    sets: Sequence[str], values: pd.DataFrame, members: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Mean, minimum and spread of each column of `values` over the members of each set.

    `values` has one row per pair or task, its name the index; `members` names the rows of each
    set. Returns one row per set, in the order of `sets`, and the columns `<column>_mean`,
    `<column>_min` and `<column>_spread`, the last being maximum minus minimum. A feature is NaN
    where a member lacks its value. `KeyError` for members without a row.
    """
    place = {name: number for number, name in enumerate(values.index)}
    matrix = values.to_numpy(dtype=np.float64)
    rows = []
    for name in sets:
        own = matrix[[place[member] for member in members[name]]]
        low = own.min(axis=0)
        rows.append(np.stack([own.mean(axis=0), low, own.max(axis=0) - low], axis=1).ravel())
    columns = [f"{c}_{kind}" for c in values.columns for kind in ("mean", "min", "spread")]
    return pd.DataFrame(np.array(rows).reshape(len(sets), -1), index=list(sets), columns=columns)
