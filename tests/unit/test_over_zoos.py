"""Means over mergers and zoos, by hand and on fitted predictors."""

import numpy as np
import pandas as pd
import pytest
from synthetic import make_pairs_table
from test_summary import fit_all

from mergeability.figures.zoo_forest import plot_zoo_forest
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.over_zoos import ALL_ZOOS, COLUMNS, Measured, average, compare_zoos
from mergeability.prediction.skill import KEYS, STATISTICS, measure_groups
from mergeability.prediction.summary import summarize, tabulate_left_out

pytestmark = pytest.mark.filterwarnings("error")

MERGERS = ("one", "two")
METHODS = ("ridge", "partner_mean", "probe_merge")


def measured_zoo(name, seed):
    groups = measure_groups(fit_all(make_pairs_table(6, MERGERS, seed=seed), METHODS))
    return summarize(groups).assign(zoo=name), tabulate_left_out(groups).assign(zoo=name)


MEASURED = [measured_zoo(name, seed) for seed, name in enumerate(("x", "y", "z"))]
SUMMARY = pd.concat([summary for summary, _ in MEASURED])
LEFT_OUT = pd.concat([left_out for _, left_out in MEASURED])
TABLE = compare_zoos(SUMMARY, LEFT_OUT, set_aside=["y"])


def rows_of(table, **chosen):
    for column, value in chosen.items():
        table = table[table[column] == value]
    return table


def test_what_is_left_without_a_task_is_listed_by_task():
    assert list(LEFT_OUT.columns) == [*KEYS, "task", *STATISTICS, "zoo"]
    assert len(LEFT_OUT) == 3 * len(METHODS) * len(MERGERS) * 6
    rows = rows_of(LEFT_OUT, zoo="x", predictor="ridge", merger="one")
    summary = rows_of(SUMMARY, zoo="x", predictor="ridge", merger="one").iloc[0]
    low, high = jackknife_interval(
        np.array([summary["pooled_r"]]), rows["pooled_r"].to_numpy()[:, None]
    )
    assert summary[["pooled_r_low", "pooled_r_high"]].tolist() == [low[0], high[0]]


def test_zoos_and_mergers_keep_their_own_values_and_intervals():
    for statistic in ("validation_r", "pooled_r"):
        for row in rows_of(SUMMARY).to_dict("records"):
            chosen = {name: row[name] for name in ("zoo", "predictor", "merger")}
            (found,) = rows_of(TABLE, statistic=statistic, **chosen).to_dict("records")
            assert found["value"] == row[statistic]
            assert (found["n_tasks"], found["n_pairs"]) == (6, 15)
            ends = [row[f"{statistic}_low"], row[f"{statistic}_high"]]
            assert [found["low"], found["high"]] == pytest.approx(ends)


def test_means_are_over_mergers_then_over_the_zoos_that_are_not_set_aside():
    chosen = {"predictor": "ridge", "statistic": "validation_r"}
    values = rows_of(SUMMARY, predictor="ridge").pivot_table("validation_r", "zoo", "merger")
    (over,) = rows_of(TABLE, zoo=ALL_ZOOS, merger="mean over mergers", **chosen).to_dict("records")
    by_zoo = values.mean(axis=1)[["x", "z"]]
    assert over["value"] == pytest.approx(by_zoo.mean())
    assert over["sd_over_zoos"] == pytest.approx(by_zoo.std())
    assert (over["lowest_zoo"], over["highest_zoo"]) == pytest.approx((by_zoo.min(), by_zoo.max()))
    assert (over["n_zoos"], over["n_mergers"], over["n_pairs"]) == (2, 2, 30)
    (one,) = rows_of(TABLE, zoo=ALL_ZOOS, merger="one", **chosen).to_dict("records")
    assert one["value"] == pytest.approx(values.loc[["x", "z"], "one"].mean())
    assert (one["n_zoos"], one["n_mergers"]) == (2, 1)


def test_the_interval_leaves_a_task_out_of_all_zoos_at_once():
    left_out = rows_of(LEFT_OUT, predictor="ridge").query("zoo != 'y'")
    without = left_out.groupby("task")["pooled_r"].mean().to_numpy()
    chosen = {"predictor": "ridge", "statistic": "pooled_r", "zoo": ALL_ZOOS}
    (row,) = rows_of(TABLE, merger="mean over mergers", **chosen).to_dict("records")
    low, high = jackknife_interval(np.array([row["value"]]), without[:, None])
    assert [row["low"], row["high"]] == pytest.approx([low[0], high[0]])


def test_zoos_set_aside_change_no_mean():
    changed = SUMMARY.assign(
        **{name: SUMMARY[name].where(SUMMARY["zoo"] != "y", -1.0) for name in STATISTICS}
    )
    again = compare_zoos(changed, LEFT_OUT, set_aside=["y"])
    others = TABLE["zoo"] != "y"
    pd.testing.assert_frame_equal(TABLE[others], again[others])
    assert set(again.loc[~others, "value"]) == {-1.0}
    assert TABLE["set_aside"].equals(TABLE["zoo"] == "y")


def test_the_order_of_rows_changes_nothing():
    shuffled = [
        frame.sample(frac=1, random_state=1).reset_index(drop=True) for frame in (SUMMARY, LEFT_OUT)
    ]
    again = compare_zoos(*shuffled, set_aside=["y"])
    pd.testing.assert_frame_equal(TABLE, again)
    assert list(TABLE.columns) == COLUMNS
    assert TABLE["zoo"].drop_duplicates().tolist() == [ALL_ZOOS, "x", "z", "y"]
    assert TABLE["predictor"].drop_duplicates().tolist() == list(METHODS)


def test_tasks_that_a_zoo_lacks_leave_it_as_it_is():
    parts = [Measured(0.5, {"a": 0.4, "b": 0.6}, 3), Measured(0.9, {"b": 0.8, "c": 0.7}, 3)]
    mean = average(parts, 6)
    assert mean.value == pytest.approx(0.7)
    assert mean.without == pytest.approx({"a": 0.65, "b": 0.7, "c": 0.6})
    assert mean.n_pairs == 6


def test_a_mean_over_an_undefined_value_is_undefined():
    undefined = SUMMARY["merger"].eq("one") & SUMMARY["zoo"].eq("x")
    table = compare_zoos(SUMMARY.assign(pooled_r=SUMMARY["pooled_r"].mask(undefined)), LEFT_OUT, [])
    rows = rows_of(table, predictor="ridge", statistic="pooled_r", zoo=ALL_ZOOS)
    values = rows.set_index("merger")["value"].isna()
    assert values.to_dict() == {"mean over mergers": True, "one": True, "two": False}


def test_figure_shows_means_zoos_and_zoos_set_aside():
    figure = plot_zoo_forest(TABLE)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["ridge", "partner mean", "probe merge (merges)"]
    assert len(figure.axes) == 3
    legend = {text.get_text() for text in figure.legends[0].get_texts()}
    assert legend == {"one zoo", "zoo set aside"}
    zoos, apart = figure.axes[0].collections[-2:]
    assert len(zoos.get_offsets()) == 2 * len(METHODS)
    assert len(apart.get_offsets()) == len(METHODS)
