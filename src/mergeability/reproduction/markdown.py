"""Tables in Markdown."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

MISSING = "–"


def by_merger(
    columns: Mapping[str, Mapping[str, pd.Series]], mergers: list[str], decimals: int = 3
) -> str:
    """A table of mergers (rows) of one or several zoos, with their means as last rows.

    `columns` holds the columns of each zoo; rows of one merger stand together. Missing values are
    dashes.
    """
    frames = []
    for zoo, of_zoo in columns.items():
        frame = pd.DataFrame({name: column.reindex(mergers) for name, column in of_zoo.items()})
        frame.loc["mean"] = frame.mean(skipna=False)
        frame.insert(0, "zoo", zoo)
        frames.append(frame)
    place = {name: number for number, name in enumerate([*mergers, "mean"])}
    both = pd.concat(frames).sort_index(kind="stable", key=lambda names: names.map(place))
    return table(both, "merger", decimals)


def table(frame: pd.DataFrame, corner: str, decimals: int = 3) -> str:
    """A data frame with its index as first column, called `corner`."""
    head = [corner, *map(str, frame.columns)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, row in zip(frame.index, frame.to_numpy(dtype=object), strict=True):
        cells = [f"`{name}`" if name != "mean" else "mean", *(_cell(v, decimals) for v in row)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: Any, decimals: int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(value)
    return MISSING if pd.isna(value) else f"{value:.{decimals}f}"
