"""Figures of the analyses show every value they are given, and missing values as missing.

That they are reproducible and cut nothing off is tested with all other figures.
"""

from functools import partial
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from mergeability.figures.ablation_lines import plot_ablation_lines
from mergeability.figures.coefficient_heatmap import plot_coefficient_heatmap
from mergeability.figures.coefficient_spread import plot_coefficient_spread
from mergeability.figures.difference_forest import plot_difference_forest
from mergeability.figures.metric_correlations import plot_metric_correlations
from mergeability.figures.metric_heatmap import metrics_by_family
from mergeability.figures.redundancy_heatmap import plot_redundancy_heatmap
from mergeability.figures.selection_frequency import plot_selection_frequency
from mergeability.figures.style import (
    MISSING_COLOUR,
    MISSING_TEXT,
    decimals,
    dodged,
    ink_on,
    legend_columns,
)
from mergeability.figures.validation_bars import plot_validation_bars
from mergeability.figures.variance_bars import plot_variance_bars
from mergeability.metrics.registry import FAMILIES as REGISTERED
from mergeability.metrics.registry import PAPER_FAMILIES
from mergeability.prediction.comparison import ALL_MERGERS

TARGET = {"target": "normalized_accuracy", "protocol": "loto"}
FIT = {**TARGET, "predictor": "pearson_l1"}
SIZES = ("few", "many")
MERGERS = {
    "few": ("ties", "tsv"),
    "many": ("dare", "task_arithmetic", "ties", "tsv", "weight_average"),
}
FAMILIES = {
    "few": {"Task vector": ("effective_rank", "stable_rank"), "None": (), "Subspace": ("overlap",)},
    "many": {REGISTERED[n].title: REGISTERED[n].metrics for n in PAPER_FAMILIES},
}
METRICS = {
    size: [metric for metrics in families.values() for metric in metrics]
    for size, families in FAMILIES.items()
}
PREDICTORS = {
    "few": ("ridge", "partner_mean"),
    "many": (*(f"predictor_number_{i}" for i in range(7)), "partner_mean", "single_accuracy"),
}
VARIANTS = {
    "few": ("10", "9", "none"),
    "many": (*PAPER_FAMILIES, *(f"{i / 10:g}" for i in range(16))),
}
GAP = 1  # the row whose values are missing


def frame(columns, names, **more):
    """One row for every combination of the `names` of `columns`."""
    return pd.DataFrame(list(product(*names)), columns=columns).assign(**more)


def add_values(table, *columns, intervals=False, low=-0.9, high=0.9):
    """`table` with random `columns`, all missing in row `GAP`, and their intervals."""
    generator = np.random.default_rng(0)
    for column in columns:
        table[column] = generator.uniform(low, high, len(table))
        table.loc[GAP, column] = np.nan
        if intervals:
            table[f"{column}_low"] = table[column] - 0.1
            table[f"{column}_high"] = table[column] + 0.1
    return table


def correlation_frame(size):
    table = frame(["merger", "metric"], [MERGERS[size], METRICS[size]], **TARGET)
    table = add_values(table, "pearson_r")
    return table.assign(significant=table["pearson_r"] > 0.3)


def coefficient_frame(size):
    table = frame(["merger", "metric"], [MERGERS[size], METRICS[size]], **FIT)
    return add_values(add_values(table, "mean"), "sd", "nonzero", low=0)


def redundancy_frames(size):
    table = pd.DataFrame(combinations(METRICS[size], 2), columns=["metric_a", "metric_b"])
    place = np.arange(len(METRICS[size]))
    groups = pd.DataFrame({"metric": METRICS[size], "group": place // 2})
    first = groups.groupby("group")["metric"].transform("first")
    return add_values(table, "spearman_r"), groups.assign(representative=first).iloc[::-1]


def ablation_frame(size):
    table = frame(["variant", "merger"], [VARIANTS[size], MERGERS[size]])
    return add_values(table, "validation_r", intervals=True)


def variance_frame(size):
    table = frame(["target", "merger"], [("accuracy", "normalized_accuracy"), MERGERS[size]])
    return add_values(table, "r_squared", intervals=True, low=0.1)


def difference_frame(size):
    names = [PREDICTORS[size], ("partner_mean", "single_accuracy", "mean_of_all")]
    table = frame(
        ["predictor", "reference"], names, **TARGET, merger=ALL_MERGERS, statistic="validation_r"
    )
    table["reference_method"] = "partner_mean"
    return add_values(table, "difference", intervals=True)


def summary_frame(size):
    table = frame(["merger", "predictor"], [MERGERS[size], PREDICTORS[size]], **TARGET)
    metrics_used = table["predictor"].str.startswith("predictor")
    table["method"] = table["predictor"].mask(metrics_used, "ridge")
    return add_values(table, "validation_r", "relative_r", intervals=True)


def correlations(size):
    return plot_metric_correlations(correlation_frame(size), FAMILIES[size])


def coefficients(size):
    return plot_coefficient_heatmap(coefficient_frame(size), FAMILIES[size])


def frequency(size):
    return plot_selection_frequency(coefficient_frame(size), FAMILIES[size])


def spread(size):
    return plot_coefficient_spread(coefficient_frame(size), FAMILIES[size])


def redundancy(size):
    return plot_redundancy_heatmap(*redundancy_frames(size))


def ablation(size):
    return plot_ablation_lines(ablation_frame(size), "Weight of the penalty", "λ")


def variance(size):
    return plot_variance_bars(variance_frame(size))


def differences(size):
    return plot_difference_forest(difference_frame(size))


def pooled(size):
    return plot_validation_bars(summary_frame(size), "relative_r")


HEATMAPS = [correlations, frequency]
FIGURES = [
    pytest.param(partial(make, size), id=f"{make.__name__}-{size}")
    for make in [
        *HEATMAPS, coefficients, spread, redundancy, ablation, variance, differences, pooled
    ]
    for size in SIZES
]  # fmt: skip


def texts_in(axes):
    return [text.get_text() for text in axes.texts]


def cells(figure):
    """The values of all heatmaps of a figure, one below the other."""
    images = [axes.images[0] for axes in figure.axes if axes.images and axes.texts]
    return np.ma.vstack([image.get_array() for image in images]).filled(np.nan)


def marks(axes):
    """The (x, y) of all markers of an axes with error bars, one array per bar container."""
    return [container.lines[0].get_xydata() for container in axes.containers]


@pytest.mark.parametrize("make", FIGURES)
def test_level_texts_do_not_overlap(make):
    figure = make()
    FigureCanvasAgg(figure).draw()
    boxes = np.array(
        [
            text.get_window_extent().extents
            for text in figure.findobj(Text)
            if text.get_visible() and text.get_text() and text.get_rotation() == 0
        ]
    )
    low, high = boxes[:, None, :2], boxes[None, :, 2:]
    overlap = (low < high).all(axis=2)
    assert (overlap & overlap.T).sum() == len(boxes)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", HEATMAPS)
def test_heatmap_has_a_written_cell_for_every_metric_and_merger(make, size):
    figure = make(size)
    blocks = [axes for axes in figure.axes if axes.texts]
    assert len(blocks) == sum(bool(metrics) for metrics in FAMILIES[size].values())
    assert sum(len(axes.texts) for axes in blocks) == len(METRICS[size]) * len(MERGERS[size])
    assert sum(texts_in(axes).count(MISSING_TEXT) for axes in blocks) == 1
    drawn = cells(figure)
    assert np.argwhere(np.isnan(drawn)).tolist() == [[GAP, 0]]
    bad = blocks[0].images[0].get_cmap().get_bad()
    np.testing.assert_allclose(bad, to_rgba(MISSING_COLOUR))


def test_correlations_have_the_same_scale_everywhere_and_stars_where_significant():
    table = correlation_frame("many")
    figure = correlations("many")
    assert {axes.images[0].get_clim() for axes in figure.axes if axes.texts} == {(-1, 1)}
    expected = table.pivot_table("pearson_r", "metric", "merger", dropna=False)
    np.testing.assert_array_equal(cells(figure), expected.loc[METRICS["many"]])
    texts = [text for axes in figure.axes for text in texts_in(axes)]
    starred = {text.removesuffix("*") for text in texts if text.endswith("*")}
    assert starred == set(table.loc[table["significant"], "pearson_r"].map(decimals))


def test_frequencies_are_percentages():
    figure = frequency("few")
    shares = coefficient_frame("few")["nonzero"].dropna()
    texts = {text for axes in figure.axes for text in texts_in(axes)}
    assert texts == {MISSING_TEXT, *(f"{100 * share:.0f}" for share in shares)}
    assert figure.axes[0].images[0].get_clim() == (0, 100)


def test_coefficients_without_value_are_not_zero():
    figure = coefficients("few")
    assert [text for axes in figure.axes for text in texts_in(axes)] == [MISSING_TEXT]


@pytest.mark.parametrize("size", SIZES)
def test_spread_divides_every_panel_by_its_largest_mean(size):
    figure = spread(size)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        merger.replace("_", " ") for merger in MERGERS[size]
    ]
    for axes in figure.axes:
        drawn = np.concatenate(marks(axes))
        assert len(drawn) == len(METRICS[size])
        assert np.nanmax(np.abs(drawn[:, 0])) == pytest.approx(1)
        assert np.isnan(drawn[:, 0]).sum() == (axes is figure.axes[0])
    labels = [label.get_text().replace(" ", "_") for label in figure.axes[0].get_yticklabels()]
    assert labels == METRICS[size]


def test_spread_of_coefficients_that_are_all_zero_has_its_dots_at_zero():
    figure = plot_coefficient_spread(
        coefficient_frame("few").assign(mean=0.0, sd=0.0), FAMILIES["few"]
    )
    for axes in figure.axes:
        assert (np.concatenate(marks(axes))[:, 0] == 0).all()


@pytest.mark.parametrize("size", SIZES)
def test_redundancy_is_symmetric_and_ordered_by_group(size):
    figure = redundancy(size)
    drawn = cells(figure)
    assert drawn.shape == (len(METRICS[size]),) * 2
    np.testing.assert_array_equal(drawn, drawn.T)
    np.testing.assert_array_equal(np.diag(drawn), 1)
    assert np.isnan(drawn).sum() == 2
    ordered = redundancy_frames(size)[1].sort_values("group", kind="stable")
    labels = figure.axes[0].get_yticklabels()
    assert [label.get_text().replace(" ", "_") for label in labels] == list(ordered["metric"])
    bold = {label.get_text().replace(" ", "_") for label in labels if label.get_weight() == "bold"}
    assert bold == set(ordered["representative"])


def test_redundancy_outlines_groups_of_more_than_one():
    frames = [patch for patch in redundancy("few").axes[0].patches if isinstance(patch, Rectangle)]
    assert [(patch.get_xy(), patch.get_width()) for patch in frames] == [((-0.5, -0.5), 2)]


@pytest.mark.parametrize("size", SIZES)
def test_ablation_keeps_the_order_of_variants_and_breaks_the_mean_at_gaps(size):
    axes = ablation(size).axes[0]
    labels = [label.get_text().replace(" ", "_") for label in axes.get_xticklabels()]
    assert labels == list(VARIANTS[size])
    *mergers, mean = [line[:, 1] for line in marks(axes)]
    assert len(mergers) == len(MERGERS[size])
    assert np.isnan(mergers).sum() == 1
    np.testing.assert_allclose(mean, np.mean(mergers, axis=0))


def test_long_names_of_variants_are_slanted():
    rotations = {
        size: {label.get_rotation() for label in ablation(size).axes[0].get_xticklabels()}
        for size in SIZES
    }
    assert rotations == {"few": {0}, "many": {30}}


@pytest.mark.parametrize("size", SIZES)
def test_variance_shares_add_up_and_are_written_out(size):
    table = variance_frame(size)
    figure = variance(size)
    assert len(figure.axes) == 2
    for axes, (_, rows) in zip(figure.axes, table.groupby("target"), strict=True):
        n = len(MERGERS[size])
        widths = np.array([bar.get_width() for bar in axes.patches]).reshape(2, n)
        np.testing.assert_allclose(widths[0], rows["r_squared"])
        np.testing.assert_allclose(
            widths.sum(axis=0), np.where(rows["r_squared"].isna(), np.nan, 1)
        )
        expected = [
            f"{decimals(row.r_squared)} "
            f"[{decimals(row.r_squared_low)}, {decimals(row.r_squared_high)}]"
            for row in rows.itertuples()
        ]
        assert texts_in(axes) == [MISSING_TEXT if "nan" in text else text for text in expected]


@pytest.mark.parametrize("size", SIZES)
def test_differences_have_a_dot_per_predictor_and_reference_and_zero_in_the_middle(size):
    axes = differences(size).axes[0]
    table = difference_frame(size)
    drawn = marks(axes)
    for dots, (_, rows) in zip(drawn, table.groupby("reference", sort=False), strict=True):
        np.testing.assert_array_equal(dots[:, 0], rows["difference"])
    assert np.isnan(np.concatenate(drawn)[:, 0]).sum() == 1
    low, high = axes.get_xlim()
    assert low == -high
    assert low <= table["difference_low"].min()
    assert high >= table["difference_high"].max()


def test_differences_name_the_merger_they_are_about():
    table = difference_frame("few").assign(merger="weight_average", statistic="relative_r")
    axes = plot_difference_forest(table).axes[0]
    assert "weight average" in axes.get_title(loc="left")
    assert "mean over mergers" in differences("few").axes[0].get_title(loc="left")
    assert "held-out pairs" in axes.get_xlabel()


def test_bars_show_the_statistic_asked_for():
    table = summary_frame("many")
    for statistic in ("validation_r", "relative_r"):
        axes = plot_validation_bars(table, statistic).axes[0]
        heights = np.sort([bar.get_height() for bar in axes.patches])
        np.testing.assert_allclose(heights, np.sort(table[statistic]))
    assert len({bar.get_facecolor() for bar in axes.patches}) == len(PREDICTORS["many"])


def test_metrics_by_family_drops_what_is_unknown():
    families = {"A": ["b", "a"], "B": ["c"]}
    assert metrics_by_family(families, ["a", "b", "d"]) == {"A": ["b", "a"]}


@pytest.mark.parametrize(
    ("value", "text"), [(0.125, "0.12"), (-0.5, "−0.50"), (-0.004, "0.00"), (-10.0, "−10.00")]
)
def test_decimals(value, text):
    assert decimals(value) == text


@pytest.mark.parametrize(
    ("n", "inches", "columns"), [(3, 10, 3), (6, 5, 3), (9, 5, 5), (7, 2, 2), (1, 9, 1)]
)
def test_rows_of_a_legend_are_about_equally_full(n, inches, columns):
    assert legend_columns(n, inches, 1) == columns


def test_dodged_marks_are_centred():
    np.testing.assert_allclose(dodged(1, 1), [0])
    np.testing.assert_allclose(dodged(3, 1), [-0.25, 0, 0.25])


def test_ink_stands_out():
    assert [ink_on(colour) for colour in ("black", "#440154", "white", "#FDE725")] == [
        "white", "white", "black", "black"
    ]  # fmt: skip
