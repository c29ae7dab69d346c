"""What merging left of the same pairs in other zoos: measured there, known here before merging."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mergeability.prediction.problem import Floats
from mergeability.prediction.registry import PROXY


def directions(rows: pd.DataFrame, target: str) -> Floats:
    """What a target says of each task of the pairs: (pairs, 2)."""
    stem = {"accuracy": "accuracy_merged", "normalized_accuracy": "normalized_accuracy"}[target]
    return rows[[f"{stem}_a", f"{stem}_b"]].to_numpy(dtype=np.float64)


def read_proxies(zoos: Sequence[str], tables: Iterable[str | Path]) -> dict[str, pd.DataFrame]:
    """The pairs tables of one merger in other zoos, by the names of these."""
    return {zoo: pd.read_parquet(table) for zoo, table in zip(zoos, tables, strict=True)}


def join_proxies(
    table: pd.DataFrame, proxies: Mapping[str, pd.DataFrame], target: str
) -> pd.DataFrame:
    """The pairs table with what other zoos say of each task of its pairs, in units of the target.

    Adds, per proxy, `{proxy}: a` and `{proxy}: b`: the normalised accuracy that merging left of
    the task there, times the accuracy of the own checkpoint where the target is `accuracy`; and
    `PROXY`, the mean of all of them. NaN where a proxy lacks the pair.
    """
    joined = table.copy()
    for zoo, other in proxies.items():
        known = other.set_index("pair")[["normalized_accuracy_a", "normalized_accuracy_b"]]
        values = known.reindex(table["pair"]).to_numpy(dtype=np.float64)
        if target == "accuracy":
            values = values * table[["accuracy_single_a", "accuracy_single_b"]].to_numpy()
        joined[_columns(zoo)] = values
    if proxies:
        joined[PROXY] = joined[[c for zoo in proxies for c in _columns(zoo)]].mean(axis=1)
    return joined


def proxy_values(rows: pd.DataFrame, proxies: Iterable[str]) -> Floats:
    """What `join_proxies` added: (pairs, 2, proxies)."""
    found = [rows[_columns(zoo)].to_numpy(dtype=np.float64) for zoo in proxies]
    return np.stack(found, axis=2) if found else np.empty((len(rows), 2, 0))


def _columns(zoo: str) -> list[str]:
    return [f"{zoo}: a", f"{zoo}: b"]
