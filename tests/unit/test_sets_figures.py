"""Figures of sets show every number they are given."""

import hashlib

import pandas as pd
import pytest

from mergeability.figures.set_correlations import plot_set_correlations
from mergeability.figures.set_predictions import plot_set_predictions
from mergeability.figures.set_regrets import plot_set_regrets
from mergeability.figures.style import save

PREDICTIONS = pd.DataFrame(
    {
        "merger": ["ties", "ties", "tsv"],
        "target": ["mean", "worst", "mean"],
        "predictor": ["ridge", "ridge", "single_accuracy"],
        "set": ["a__b__c"] * 3,
        "observed": [0.9, 0.7, 0.8],
        "predicted": [0.8, 0.6, 0.5],
    }
)
CORRELATIONS = pd.DataFrame(
    {
        "target": ["mean", "mean", "worst", "worst"],
        "predictor": ["ridge", "single_accuracy"] * 2,
        "merger": "ties",
        "spearman": [0.5, float("nan"), 0.3, 0.1],
        "spearman_low": [0.2, float("nan"), 0.1, -0.1],
        "spearman_high": [0.8, float("nan"), 0.5, 0.3],
        "n_sets": 20,
    }
)
REGRETS = pd.DataFrame(
    {
        "merger": ["ties"] * 3,
        "rule": ["ridge", "random", "merge_all"],
        "models": [2, 2, 1],
        "regret": [0.01, 0.03, 0.0],
        "regret_low": [0.0, 0.02, 0.0],
        "regret_high": [0.02, 0.04, 0.0],
        "n_sets": 20,
    }
)
FIGURES = {
    "predictions": lambda: plot_set_predictions(PREDICTIONS, "ridge"),
    "nothing predicted": lambda: plot_set_predictions(PREDICTIONS, "set_features"),
    "correlations": lambda: plot_set_correlations(CORRELATIONS, (-0.06, 0.4)),
    "regrets": lambda: plot_set_regrets(REGRETS),
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_numbers_give_the_same_bytes(name, tmp_path):
    digests = set()
    for number in range(2):
        paths = [tmp_path / f"{number}.svg", tmp_path / f"{number}.png"]
        save(FIGURES[name](), paths)
        digests.add(tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths))
    assert len(digests) == 1


def test_points_are_predicted_over_observed_by_target():
    figure = plot_set_predictions(PREDICTIONS, "ridge")
    points = [c.get_offsets().tolist() for c in figure.axes[0].collections]
    assert points[:2] == [[[0.9, 0.8]], [[0.7, 0.6]]]
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == [
        "ties (1 sets)",
        "tsv (0 sets)",
    ]


def test_regrets_leave_out_the_single_model():
    axes = plot_set_regrets(REGRETS).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ridge", "random"]


def test_the_published_band_is_behind_the_mean_alone():
    first, second = plot_set_correlations(CORRELATIONS, (-0.06, 0.4)).axes
    assert [patch.get_label() for patch in first.patches][-1] == "published (range)"
    assert "published (range)" not in [patch.get_label() for patch in second.patches]
