"""Describe candidates of any architecture by the metrics of all their pairs."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mergeability.checkpoints.alignment import Checkpoint
from mergeability.checkpoints.recorded import Source, open_base
from mergeability.checkpoints.soundness import UnusableError
from mergeability.comparison import compare_checkpoints, same_weights
from mergeability.files import write_tensors
from mergeability.joblog import logger, progress
from mergeability.metrics.change_pair import metrics_of_pair
from mergeability.metrics.change_sketch import sketch_changes
from mergeability.recording import open_usable


def describe_candidates_in_place(
    candidates: Mapping[str, Source],
    base: Source,
    families: Sequence[str],
    settings: Mapping[str, Any],
    left_out: dict[str, str],
) -> pd.DataFrame:
    """The metrics of all pairs of candidates, sorted: task_a, task_b, and a column per metric.

    `settings` are those of sketches, `families` those of any architecture. Candidates that
    `open_usable` finds unusable, and those with the weights of another, are left out: each is a
    warning, and `left_out` receives its name and the reason. Raises `ValueError` where fewer than
    two remain, and, naming the file, for a checkpoint that does not belong to the base.
    """
    before = open_base(base)
    opened: dict[str, Checkpoint] = {}
    for name in progress(sorted(candidates), len(candidates), "Reading candidates"):
        try:
            opened[name] = open_usable(candidates[name], before)
        except UnusableError as error:
            left_out[name] = str(error)
    names = list(opened)
    measures = compare_checkpoints(before, list(opened.values())).measures if opened else ()
    for i, j in combinations(range(len(names)), 2):
        if names[i] in opened and same_weights(measures, i, j):
            twice = opened.pop(names[j], None)
            if twice:
                left_out[names[j]] = f"{twice.path}: the weights of candidate {names[i]} once more"
    for name, reason in left_out.items():
        logger.warning("%s (candidate %s is left out)", reason, name)
    if len(opened) < 2:
        raise ValueError(
            f"{len(opened)} of {len(candidates)} candidates can be compared, a pair needs two; "
            f"left out: {'; '.join(left_out.values())}"
        )
    rows = []
    with TemporaryDirectory() as folder:
        sketches = {name: Path(folder) / f"{name}.safetensors" for name in opened}
        for name, checkpoint in progress(opened.items(), len(opened), "Sketching candidates"):
            about = {"settings": settings, "task": name, "source": str(checkpoint.path)}
            write_tensors(sketches[name], sketch_changes(before, checkpoint, settings), about)
        for a, b in combinations(sorted(opened), 2):
            both = [sketches[a], sketches[b]]
            found = metrics_of_pair(measures, names.index(a), names.index(b), both, families)
            values = {value.metric: value.value for value in found}
            rows.append({"task_a": a, "task_b": b, **values})
    return pd.DataFrame(rows)
