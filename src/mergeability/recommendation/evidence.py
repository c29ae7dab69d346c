"""What predictions rest on: the pairs that one kind of evidence tells of, and how good it is."""

from typing import NamedTuple

import pandas as pd

METRICS, PROXIES, MERGES, MEASURED = "metrics", "proxies", "merges", "measured"

COLUMNS = [
    "task_a", "task_b", "merger", "evidence", "proxies", "predicted", "predicted_a", "predicted_b",
    "low", "high", "outside", "why",
]  # fmt: skip


class Evidence(NamedTuple):
    """What one kind of evidence says of new pairs; `rows` has the columns `COLUMNS`.

    `predicted_a` and `predicted_b`: what is left of each task, NaN from evidence that says nothing
    of directions. `proxies`: the zoos that know the pair. `tested`: predictions of known pairs, for
    `measure_choices`. `intervals`: how often intervals held, as of `measure_coverage`. `about`: how
    predictions and intervals are made, for readers. `borrowed`: intervals come from zoos of other
    backbones alone.
    """

    name: str
    rows: pd.DataFrame
    tested: pd.DataFrame
    intervals: pd.DataFrame
    about: str
    borrowed: bool = False
