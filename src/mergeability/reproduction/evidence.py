"""What a reproduction rests on: the printed tables, and the results for each zoo."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mergeability.paper_tables import paper_tables

MERGERS = ["weight_average", "task_arithmetic", "tsv", "ties", "dare"]
PAPER_ZOOS = {"ViT-B-16_AdamW": "ViT-B-16", "ViT-B-32_AdamW": "ViT-B-32"}
_BACKBONE_OF_UNMARKED_TABLES = "ViT-B-16"


def where(rows: pd.DataFrame, **chosen: object) -> pd.DataFrame:
    """The rows that have the chosen values in the columns of these names."""
    for name, value in chosen.items():
        rows = rows[rows[name] == value]
    return rows


@dataclass(frozen=True)
class Paper:
    """The printed tables, by the start of their file names, for one backbone.

    A zoo that the paper does not have leaves all tables empty.
    """

    tables: Mapping[str, pd.DataFrame]

    @classmethod
    def of_zoo(cls, measured_zoo: str) -> "Paper":
        """The tables on a zoo of the paper, named as in the authors' folders."""
        backbone = PAPER_ZOOS.get(measured_zoo)
        tables = {}
        for name, table in paper_tables().items():
            if "backbone" not in table:
                table["backbone"] = _BACKBONE_OF_UNMARKED_TABLES
            tables[name.split("_")[0]] = table[table["backbone"] == backbone]
        return cls(tables)

    def column(self, table: str, column: str, **chosen: object) -> pd.Series:
        """One column by merger; of rows with the chosen values where others are given too."""
        return where(self.tables[table], **chosen).set_index("merger")[column]


@dataclass(frozen=True)
class Results:
    """The results for one zoo, both targets together, as the rules wrote them."""

    summary: pd.DataFrame
    coefficients: pd.DataFrame
    correlations: pd.DataFrame
    agreement: pd.DataFrame
    contributions: pd.DataFrame
    refits: pd.DataFrame
    ablations: pd.DataFrame
    selection: pd.DataFrame
    permutation: pd.DataFrame
    audit: pd.DataFrame
    variance: pd.DataFrame

    def statistic(self, predictor: str, target: str, name: str, protocol: str) -> pd.Series:
        """One statistic of a predictor by merger; empty where the predictor is not configured."""
        rows = where(self.summary, predictor=predictor, target=target, protocol=protocol)
        return rows.set_index("merger")[name]

    def ablation(self, name: str, predictor: str, target: str, column: str) -> pd.DataFrame:
        """A column of an ablation: variants in their order (rows) by merger (columns)."""
        rows = where(self.ablations, ablation=name, predictor=predictor, target=target)
        return rows.pivot_table(column, "variant", "merger", sort=False)


@dataclass(frozen=True)
class Case:
    """One zoo: what tables call it, what the paper prints of it, and the results.

    `complete` is what `list_complete_pairs` found, or None where fits use all pairs that they can.
    """

    name: str
    paper: Paper
    results: Results
    complete: Mapping[str, Any] | None = None

    @classmethod
    def of_zoo(
        cls, measured_zoo: str, results: Results, complete: Mapping[str, Any] | None
    ) -> "Case":
        """A zoo named as in the authors' folders, with the tables of the paper on it."""
        name = PAPER_ZOOS.get(measured_zoo, measured_zoo)
        return cls(name, Paper.of_zoo(measured_zoo), results, complete)


def read_tables(paths: Iterable[str | Path]) -> pd.DataFrame | None:
    """Several Parquet or CSV files of one form as one table; None without any."""
    tables = [
        pd.read_parquet(path) if str(path).endswith(".parquet") else pd.read_csv(path)
        for path in paths
    ]
    return pd.concat(tables, ignore_index=True) if tables else None
