"""Figures show what they are given, with nothing cut off, in the same bytes every time."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from synthetic import METRICS, make_pairs_table
from test_analysis_figures import FIGURES as ANALYSIS_FIGURES
from test_summary import fit_all

from mergeability.analysis.choices import measure_choices, tabulate_predictions
from mergeability.figures.accuracy_heatmap import plot_accuracy_heatmap, symmetric_matrix
from mergeability.figures.choice_regret import plot_choice_regret
from mergeability.figures.coefficient_heatmap import plot_coefficient_heatmap
from mergeability.figures.predicted_observed import plot_predicted_observed
from mergeability.figures.style import save
from mergeability.figures.validation_bars import plot_validation_bars
from mergeability.prediction.coefficients import tabulate_coefficients
from mergeability.prediction.skill import measure_groups
from mergeability.prediction.summary import summarize

TARGET = "normalized_accuracy"
TABLE = make_pairs_table(6, ("weight_average", "ties"))
RESULTS = fit_all(TABLE)
FAMILIES = {"First": METRICS[:2], "Second": [*METRICS[2:], "absent"]}


def predictions(predictor):
    return pd.concat(
        [result.predictions for result in RESULTS if result.diagnostics["predictor"] == predictor]
    )


def heatmap():
    return plot_accuracy_heatmap(TABLE[TABLE["merger"] == "ties"], TARGET)


def scores():
    return plot_predicted_observed(predictions("pearson_l1"), "pearson_l1", TARGET, False)


def estimates():
    return plot_predicted_observed(predictions("ridge"), "ridge", TARGET, True)


def coefficients():
    table = tabulate_coefficients(RESULTS).query("predictor == 'ridge'")
    return plot_coefficient_heatmap(table, FAMILIES)


def bars():
    return plot_validation_bars(summarize(measure_groups(RESULTS)))


def regrets():
    return plot_choice_regret(measure_choices(tabulate_predictions(RESULTS)), TARGET)


FIGURES = [heatmap, scores, estimates, coefficients, bars, regrets, *ANALYSIS_FIGURES]


@pytest.mark.parametrize("make", FIGURES)
def test_files_are_reproducible_and_undated(make, tmp_path):
    digests = []
    for attempt in ("first", "second"):
        paths = [tmp_path / attempt / f"figure.{suffix}" for suffix in ("svg", "png")]
        save(make(), paths)
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
    assert digests[0] == digests[1]
    assert "<dc:date>" not in paths[0].read_text()


def test_another_process_writes_the_same_bytes(tmp_path):
    program = (
        "import sys; from test_figures import bars, heatmap, save\n"
        "save(heatmap(), [sys.argv[1] + '/heatmap.svg'])\n"
        "save(bars(), [sys.argv[1] + '/bars.svg'])\n"
    )
    save(heatmap(), [tmp_path / "here/heatmap.svg"])
    save(bars(), [tmp_path / "here/bars.svg"])
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "there")],
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"},
    )
    for name in ("heatmap.svg", "bars.svg"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


@pytest.mark.parametrize("make", FIGURES)
def test_no_text_leaves_the_figure(make):
    """Whatever crosses the edge leaves a mark on the outermost pixels."""
    canvas = FigureCanvasAgg(make())
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge == 255).all()


def test_heatmap_is_symmetric_and_ordered_by_mean():
    table = TABLE[TABLE["merger"] == "ties"]
    tasks, matrix = symmetric_matrix(table, TARGET)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.isnan(np.diag(matrix)).all()
    assert (np.diff(np.nanmean(matrix, axis=1)) <= 0).all()
    shuffled = table.sample(frac=1, random_state=0)
    assert symmetric_matrix(shuffled, TARGET)[0] == tasks


def test_heatmap_keeps_pairs_without_value_blank():
    table = TABLE[TABLE["merger"] == "ties"].reset_index(drop=True)
    table.loc[0, TARGET] = np.nan
    tasks, matrix = symmetric_matrix(table, TARGET)
    gap = tasks.index(table.loc[0, "task_a"]), tasks.index(table.loc[0, "task_b"])
    assert np.isnan(matrix[gap])
    title = plot_accuracy_heatmap(table, TARGET).axes[0].get_title(loc="left")
    assert "14 pairs" in title


def test_slope_of_standardised_scores_is_the_mean_over_folds():
    labels = [text.get_text() for text in scores().findobj(Text)]
    slopes = [float(label.split()[1]) for label in labels if re.match("slope ", label)]
    summary = (
        summarize(measure_groups(RESULTS)).query("predictor == 'pearson_l1'").set_index("merger")
    )
    expected = summary.loc[["ties", "weight_average"], "validation_r"]
    np.testing.assert_allclose(slopes, expected, atol=0.005)


def test_bars_tell_undefined_from_zero():
    summary = summarize(measure_groups(RESULTS))
    summary.loc[summary["predictor"] == "ridge", "validation_r"] = np.nan
    figure = plot_validation_bars(summary)
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert sum(np.isnan(heights)) == 2


def test_coefficients_of_unknown_metrics_are_not_drawn():
    labels = {text.get_text() for text in coefficients().findobj(Text)}
    assert {"First", "Second", "metric a", "weight average"} <= labels
    assert "absent" not in labels


def test_figures_do_not_need_pyplot():
    program = "import sys, test_figures; print('matplotlib.pyplot' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join([*sys.path, str(Path(__file__).parent)])},
    )
    assert answer.stdout.strip() == "False"
