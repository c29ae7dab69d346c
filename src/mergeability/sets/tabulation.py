"""The evaluations of many sets as one table."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mergeability.files import read_json
from mergeability.sets.names import split_set

# What is predicted of a set, and how it sums up what is known of its tasks or pairs.
TARGETS = {"mean": "normalized_accuracy", "worst": "worst_normalized_accuracy"}


def tabulate_sets(evaluations: Iterable[str | Path]) -> pd.DataFrame:
    """One row per set and merger, sorted by merger, size and name.

    Columns: merger, set, size; the means over the tasks accuracy and normalized_accuracy, and
    their minima worst_accuracy and worst_normalized_accuracy.
    """
    rows = [_one_row(content) for content in map(read_json, evaluations)]
    return pd.DataFrame(rows).sort_values(["merger", "size", "set"], ignore_index=True)


def _one_row(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "merger": content["merger"],
        "set": content["set"],
        "size": len(split_set(content["set"])),
        "accuracy": content["mean"]["accuracy"],
        "normalized_accuracy": content["mean"]["normalized_accuracy"],
        "worst_accuracy": content["worst"]["accuracy"],
        "worst_normalized_accuracy": content["worst"]["normalized_accuracy"],
    }
