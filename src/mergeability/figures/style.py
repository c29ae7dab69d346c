"""One look for all figures, and files that are byte for byte reproducible."""

from collections.abc import Callable, Iterable
from math import ceil
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.typing import ColorType
from numpy.typing import NDArray

from mergeability.files import atomic_path

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# Okabe and Ito's palette, which readers with colour vision deficiencies can tell apart, with a
# brown for its yellow, which is too pale for lines and dots on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A3B00")
BASELINE_COLOURS = ("#5F5F5F", "#BDBDBD", "#8C8C8C", "#DEDEDE")
SEQUENTIAL = "viridis"
DIVERGING = "PuOr_r"
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
MISSING_COLOUR = "#D9D9D9"
MISSING_TEXT = "–"

_PANELS_IN_A_ROW = 3
_PANEL_INCHES = 2.7

_STYLE: dict[str, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "mergeability",
}
_METADATA: dict[str, dict[str, str | None]] = {
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
}


def styled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run `function` in the common style, whatever the user's matplotlibrc says."""
    decorated: Callable[Arguments, Result] = style.context(["default", _STYLE])(function)
    return decorated


@styled
def save(figure: Figure, paths: Iterable[str | Path]) -> None:
    """Write `figure` to every path, `.svg` or `.png`; the same figure gives the same bytes."""
    for path in paths:
        metadata = _METADATA[Path(path).suffix]
        with atomic_path(path) as temporary:
            figure.savefig(temporary, metadata=metadata)


def readable(name: str) -> str:
    """A name from the config as it reads in a figure: `task_arithmetic` -> `task arithmetic`."""
    return name.replace("_", " ")


def decimals(value: float) -> str:
    """`value` with two decimals and, like the ticks of an axis, a typographic minus."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def dodged(n_marks: int, width: float) -> NDArray[np.float64]:
    """Offsets that spread `n_marks` evenly around one place, all of them within `width`."""
    return np.linspace(-width / 2, width / 2, n_marks + 2)[1:-1]


def reach(value: pd.Series, low: pd.Series, high: pd.Series) -> NDArray[np.float64]:
    """Lengths (2, n) of the whiskers below and above each value, as `errorbar` takes them."""
    return np.array([value - low, high - value], dtype=np.float64)


def panel_grid(n_panels: int, margin: float, **settings: Any) -> tuple[Figure, list[Axes]]:
    """A figure with `n_panels` square panels, three in a row.

    `margin` is what the figure is higher than its panels, in inches; `settings` are those of
    `subplots`.
    """
    n_columns = min(_PANELS_IN_A_ROW, n_panels)
    n_rows = ceil(n_panels / n_columns)
    figure = Figure(figsize=(_PANEL_INCHES * n_columns + 0.6, _PANEL_INCHES * n_rows + margin))
    grid = figure.subplots(n_rows, n_columns, squeeze=False, **settings)
    for axes in grid.flat[n_panels:]:
        axes.set_visible(False)
    return figure, list(grid.flat[:n_panels])


def legend_columns(n_entries: int, inches: float, inches_per_entry: float) -> int:
    """Columns of a legend `inches` wide, such that its rows are about equally full."""
    n_rows = ceil(n_entries / int(inches / inches_per_entry))
    return ceil(n_entries / n_rows)


def ink_on(colour: ColorType) -> str:
    """Black or white, whichever stands out from `colour`."""
    red, green, blue = to_rgb(colour)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.45 else "white"
