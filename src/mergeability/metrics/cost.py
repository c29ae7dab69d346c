"""What each family of metrics costs: seconds per checkpoint and per pair."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mergeability.files import write_tensors
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.registry import FAMILIES, parts_of
from mergeability.metrics.sketching import SketchInputs, sketch
from mergeability.timing import least_seconds


def time_families(
    subjects: Mapping[str, SketchInputs],
    families: Sequence[str],
    settings: dict[str, Any],
    batch_size: int,
) -> pd.DataFrame:
    """Seconds that each family takes by itself, the least of three attempts.

    `subjects` are two checkpoints by their tasks. Columns: `family`, `metrics` (how many),
    `per_checkpoint` (to sketch), `per_pair` (to read two sketches and combine them) and
    `pair_by_pair` (a pair whose checkpoints are sketched for it alone, as the published code does).
    Compare Table 10 of arXiv 2601.22285, which gives the last for its own machine and backbone.
    """
    rows = []
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.safetensors" for number in range(2)]
        for family in families:
            alone = {**settings, "parts": parts_of([family])}

            def sketch_both(alone: dict[str, Any] = alone) -> None:
                for (task, subject), path in zip(subjects.items(), paths, strict=True):
                    parts = sketch(subject, alone, batch_size)
                    write_tensors(path, parts, {"settings": alone, "task": task})

            def combine(family: str = family) -> None:
                compute_pair_metrics(paths[0], paths[1], [family])

            checkpoint, pair = least_seconds(sketch_both) / 2, least_seconds(combine)
            rows.append(
                {
                    "family": family,
                    "metrics": len(FAMILIES[family].metrics),
                    "per_checkpoint": checkpoint,
                    "per_pair": pair,
                    "pair_by_pair": 2 * checkpoint + pair,
                }
            )
    return pd.DataFrame(rows)
