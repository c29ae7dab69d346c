"""All mergers side by side: accuracies, intervals, and what they cost."""

import numpy as np
import pandas as pd
import pytest
from merging import models, random_statistics
from synthetic import make_pairs_table

from mergeability.analysis.mergers import COLUMNS, rank_mergers
from mergeability.analysis.pairs import interval_over_tasks
from mergeability.figures.merger_ranking import plot_merger_ranking
from mergeability.figures.style import save
from mergeability.mergers._cost import time_mergers

MERGERS = ("middle", "best", "worst")


@pytest.fixture
def table():
    """Pairs of 8 tasks; `best` is 0.02 above `middle` in every pair, `worst` 0.1 below it."""
    frames = []
    for merger, shift in zip(MERGERS, (0.0, 0.02, -0.1), strict=True):
        frame = make_pairs_table(mergers=(merger,))
        spread = np.where(np.arange(len(frame)) % 2, 0.05, -0.05)  # between the two tasks
        normalized = frame["normalized_accuracy"] + shift
        frame["normalized_accuracy"] = normalized
        frame["accuracy_merged_a"] = frame["accuracy_single_a"] * (normalized + spread)
        frame["accuracy_merged_b"] = frame["accuracy_single_b"] * (normalized - spread)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def test_mergers_are_ranked_by_their_mean(table):
    ranked = rank_mergers(table)
    assert list(ranked.columns) == COLUMNS
    assert ranked["merger"].tolist() == ["best", "middle", "worst"]
    expected = table.groupby("merger")["normalized_accuracy"].agg(["mean", "std", "size"])
    rows = ranked.set_index("merger").loc[expected.index]
    np.testing.assert_allclose(rows[["mean", "sd", "n_pairs"]], expected)


def test_the_worst_task_is_the_lower_of_the_two(table):
    rows = rank_mergers(table).set_index("merger")
    np.testing.assert_allclose(rows["worst_task"], rows["mean"] - 0.05)
    lowest = table.loc[table["merger"] == "middle", "normalized_accuracy"].min() - 0.05
    assert rows.loc["middle", "least"] == pytest.approx(lowest)


def test_differences_are_taken_pair_by_pair(table):
    """What is the same in every pair is certain, however much pairs differ."""
    rows = rank_mergers(table).set_index("merger")
    ends = ["behind_best", "behind_best_low", "behind_best_high"]
    np.testing.assert_allclose(rows.loc["best", ends].astype(float), 0, atol=1e-12)
    np.testing.assert_allclose(rows.loc["middle", ends].astype(float), 0.02, atol=1e-12)
    assert rows.loc["middle", "mean_high"] > rows.loc["best", "mean_low"]


def test_intervals_are_those_of_the_jackknife_and_may_exceed_one(table):
    table["normalized_accuracy"] += 0.2
    rows = table[table["merger"] == "best"].sort_values("pair")
    values = rows["normalized_accuracy"].to_numpy()
    tasks = rows[["task_a", "task_b"]].to_numpy(np.str_)
    _, low, high = interval_over_tasks(tasks, lambda kept: values[kept].mean(keepdims=True), 9)
    first = rank_mergers(table).iloc[0]
    assert (first["mean_low"], first["mean_high"]) == pytest.approx((low[0], high[0]))
    assert first["mean_high"] > 1


def test_missing_pairs_are_counted_and_compared_where_both_are_known(table):
    gone = (table["merger"] == "middle") & (table["task_a"] == "task00")
    table.loc[gone, ["normalized_accuracy", "accuracy_merged_a"]] = np.nan
    rows = rank_mergers(table).set_index("merger")
    assert rows.loc["middle", "n_pairs"] == 28 - 7
    assert rows.loc["middle", "behind_best"] == pytest.approx(0.02)
    assert rows.loc["best", "n_pairs"] == 28


def test_the_order_of_rows_does_not_matter(table):
    shuffled = table.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(rank_mergers(shuffled), rank_mergers(table), rtol=1e-12)


def test_the_figure_shows_every_merger_best_first(table, tmp_path):
    figure = plot_merger_ranking(rank_mergers(table))
    (axes,) = figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["best", "middle", "worst"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    paths = [tmp_path / name for name in ("first.svg", "second.svg")]
    for path in paths:
        save(plot_merger_ranking(rank_mergers(table)), [path])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_every_merger_is_timed_with_the_statistics_that_it_needs():
    pretrained, checkpoints = models(2)
    statistics = {kind: random_statistics(kind, checkpoints) for kind in ("fisher", "gram")}
    entries = {
        "b": {"method": "fisher", "parameters": {}},
        "a": {"method": "tsv", "parameters": {"scale": 0.5, "layer_scaling": None}},
        "c": {"method": "regmean", "parameters": {}},
    }
    costs = time_mergers(pretrained, checkpoints, statistics, entries)
    assert costs["merger"].tolist() == ["a", "b", "c"]
    assert costs["method"].tolist() == ["tsv", "fisher", "regmean"]
    assert (costs["models"] == 2).all()
    assert (costs["seconds"] > 0).all()
