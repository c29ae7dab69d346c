"""What mergers cost: seconds per merge; no method."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import torch

from mergeability.mergers import SomeStatistics, TaskVectors, merge_checkpoints
from mergeability.plugins import merger_statistics
from mergeability.tensors import TensorMap
from mergeability.timing import least_seconds


def time_mergers(
    pretrained: TensorMap,
    checkpoints: TaskVectors,
    statistics: Mapping[str, SomeStatistics],
    mergers: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Seconds that each of `mergers` (name -> method and parameters) takes for one merge.

    `statistics` are by kind. Time counts from weights in memory to merged weights, task vectors
    included, without reading files and without computing statistics; the least of three attempts.
    Mergers that run encoders do so meanwhile.
    Columns: `merger`, `method`, `models` (how many are merged), `seconds`.
    """
    on_gpu = any(weight.is_cuda for weight in pretrained.values())

    def merge(name: str, entry: Mapping[str, Any]) -> None:
        known = statistics.get(merger_statistics(entry["method"]) or "")
        merge_checkpoints(pretrained, checkpoints, name=name, seed=0, statistics=known, **entry)
        if on_gpu:
            torch.cuda.synchronize()

    rows = [
        {
            "merger": name,
            "method": entry["method"],
            "models": len(checkpoints),
            "seconds": least_seconds(partial(merge, name, entry)),
        }
        for name, entry in sorted(mergers.items())
    ]
    return pd.DataFrame(rows)
