"""Metrics of all pairs as a table and as a figure, where nothing was merged."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from mergeability.figures.screening_panels import plot_screening_panels
from mergeability.figures.style import save
from mergeability.files import write_table
from mergeability.metrics.tabulation import tabulate_metrics

TASKS = ["boats", "bikes", "birds"]
PAIRS = list(combinations(sorted(TASKS), 2))


def value(metric, pair):
    return float(len(metric) + 10 * PAIRS.index(pair))


@pytest.fixture
def files(tmp_path):
    paths = []
    for pair in reversed(PAIRS):
        paths.append(tmp_path / f"{'__'.join(pair)}.parquet")
        rows = [
            {
                "task_a": pair[0],
                "task_b": pair[1],
                "metric": m,
                "family": "f",
                "value": value(m, pair),
            }
            for m in ("second_metric", "a_metric")
        ]
        write_table(paths[-1], rows)
    return paths


def test_a_row_per_pair_in_the_order_of_names_and_a_column_per_metric(files):
    table = tabulate_metrics(files)
    assert list(table.columns) == ["task_a", "task_b", "second_metric", "a_metric"]
    assert list(zip(table["task_a"], table["task_b"], strict=True)) == PAIRS
    assert table["a_metric"].tolist() == [value("a_metric", pair) for pair in PAIRS]


def test_every_panel_shows_both_halves_and_no_diagonal(files):
    figure = plot_screening_panels(tabulate_metrics(files))
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes if axes.images}
    assert list(panels) == ["second metric", "a metric"]
    for title, axes in panels.items():
        shown = np.ma.filled(axes.images[0].get_array(), np.nan)
        expected = np.full((3, 3), np.nan)
        for number, (a, b) in enumerate([(0, 1), (0, 2), (1, 2)]):
            expected[a, b] = expected[b, a] = value(title.replace(" ", "_"), PAIRS[number])
        np.testing.assert_array_equal(shown, expected)
        assert [label.get_text() for label in axes.get_yticklabels()] == sorted(TASKS)


def test_a_metric_that_is_the_same_everywhere_is_drawn(tmp_path):
    table = pd.DataFrame({"task_a": ["a"], "task_b": ["b"], "constant": [1.0]})
    save(plot_screening_panels(table), [tmp_path / "one.svg", tmp_path / "one.png"])
    assert (tmp_path / "one.svg").stat().st_size > 1000
