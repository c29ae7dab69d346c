"""Summaries state the published statistic, its spread, its interval and what it rests on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from synthetic import make_pairs_table, metrics_for

from mergeability.prediction.coefficients import tabulate_coefficients
from mergeability.prediction.correlation import pearson, spearman
from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.jackknife import jackknife_interval
from mergeability.prediction.registry import PREDICTORS, resolve_parameters
from mergeability.prediction.skill import measure_groups
from mergeability.prediction.summary import (
    COLUMNS,
    STATISTICS,
    summarize,
    summary_text,
)

numbers = st.floats(-1e3, 1e3, allow_subnormal=False)


def fit_all(table, methods=tuple(PREDICTORS), targets=("normalized_accuracy",)):
    return [
        result
        for target in targets
        for method in methods
        for merger in sorted(set(table["merger"]))
        for result in fit_folds(
            table[table["merger"] == merger],
            method,
            resolve_parameters(method, {}),
            target=target,
            metrics=metrics_for(method),
            seed=0,
        )
    ]


TABLE = make_pairs_table(7, ("one", "two"))
RESULTS = fit_all(TABLE)
SUMMARY = summarize(measure_groups(RESULTS))


@given(arrays(np.float64, (2, 12), elements=numbers))
def test_correlations_agree_with_scipy_and_are_symmetric(values):
    x, y = np.round(values, 3)
    assert pearson(x, y) == pytest.approx(pearson(y, x), nan_ok=True)
    if x.std() > 1e-9 and y.std() > 1e-9:
        assert -1 <= pearson(x, y) <= 1
        assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1.0, 2.0], [3.0, 4.0]),
        ([0.1 + 0.2, 0.3, 0.3], [1.0, 2.0, 3.0]),
        ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]),
        ([], []),
    ],
)
def test_correlation_is_undefined_for_two_points_or_a_constant(x, y):
    assert np.isnan(pearson(np.array(x), np.array(y)))


def test_one_row_per_predictor_and_merger():
    assert list(SUMMARY.columns) == COLUMNS
    assert len(SUMMARY) == len(PREDICTORS) * 2
    assert (SUMMARY[["n_tasks", "n_folds"]] == 7).all(axis=None)
    assert (SUMMARY["n_pairs"] == 21).all()
    assert (SUMMARY["n_missing_pairs"] == 0).all()
    assert (SUMMARY["n_folds_undefined"] == 0).all()


def test_validation_r_is_the_mean_over_folds():
    for row in SUMMARY.itertuples():
        folds = [
            result
            for result in RESULTS
            if result.diagnostics["predictor"] == row.predictor
            and result.diagnostics["merger"] == row.merger
        ]
        for name in ("train_r", "validation_r", "validation_spearman"):
            values = [fold.diagnostics[name] for fold in folds]
            assert getattr(row, name) == pytest.approx(np.mean(values))
            assert getattr(row, f"{name}_sd") == pytest.approx(np.std(values))
        pooled = pd.concat([fold.predictions for fold in folds])
        expected = stats.pearsonr(pooled["predicted"], pooled["observed"]).statistic
        assert row.pooled_r == pytest.approx(expected)


def test_intervals_hold_the_estimate_and_stay_within_bounds():
    for name in STATISTICS:
        known = SUMMARY[SUMMARY[f"{name}_low"].notna()]
        assert len(known) >= len(SUMMARY) / 2
        assert (known[f"{name}_low"] <= known[name]).all()
        assert (known[f"{name}_high"] >= known[name]).all()
        assert known[f"{name}_low"].ge(-1).all()
        assert known[f"{name}_high"].le(1).all()


def test_jackknife_of_a_mean_is_the_standard_error_of_the_mean():
    values = np.random.default_rng(0).normal(0, 0.1, 15)
    left_out = ((values.sum() - values) / 14)[:, None]
    low, high = jackknife_interval(np.array([values.mean()]), left_out)
    error = values.std(ddof=1) / np.sqrt(15)
    assert (high - low)[0] / 2 == pytest.approx(stats.t.ppf(0.975, 14) * error)
    assert (high + low)[0] / 2 == pytest.approx(values.mean())


def test_leaving_out_a_task_removes_its_fold_and_its_pairs():
    """The interval rests on summaries of the same predictions without each task."""
    folds = fit_all(TABLE[TABLE["merger"] == "one"], ("ridge",))
    row = summarize(measure_groups(folds)).iloc[0]
    everything = pd.concat([fold.predictions for fold in folds])
    left_out = []
    for fold in folds:
        involved = (everything[["task_a", "task_b"]] == fold.held_out).any(axis=1)
        kept = everything[~involved]
        assert kept["held_out"].nunique() == 6
        within = [
            stats.pearsonr(rows["predicted"], rows["observed"]).statistic
            for _, rows in kept.groupby("held_out")
        ]
        left_out.append([np.mean(within)])
    low, high = jackknife_interval(np.array([row["validation_r"]]), np.array(left_out))
    assert (low[0], high[0]) == pytest.approx((row["validation_r_low"], row["validation_r_high"]))


def test_the_order_of_folds_changes_nothing():
    pd.testing.assert_frame_equal(summarize(measure_groups(RESULTS[::-1])), SUMMARY)
    pd.testing.assert_frame_equal(
        tabulate_coefficients(RESULTS[::-1]), tabulate_coefficients(RESULTS)
    )


def test_missing_pairs_are_counted_and_undefined_folds_left_out():
    table = make_pairs_table(6)
    table.loc[(table[["task_a", "task_b"]] == "task00").any(axis=1), "metric_a"] = np.nan
    by_predictor = summarize(measure_groups(fit_all(table))).set_index("predictor")
    assert by_predictor.loc["ridge", "n_missing_pairs"] == 5
    assert by_predictor.loc["ridge", "n_pairs"] == 10
    assert by_predictor.loc["ridge", "n_folds_undefined"] == 1
    assert by_predictor.loc["ridge", "n_tasks"] == 5
    assert np.isfinite(by_predictor.loc["ridge", "validation_r"])
    assert by_predictor.loc["partner_mean", "n_missing_pairs"] == 0


def test_too_few_tasks_leave_statistics_undefined_instead_of_failing():
    summary = summarize(measure_groups(fit_all(make_pairs_table(3))))
    assert summary["validation_r"].isna().all()
    assert summary["validation_r_low"].isna().all()
    assert (summary["n_folds_undefined"] == 3).all()
    assert "-" in summary_text(summary)


def test_coefficients_are_averaged_over_folds():
    table = tabulate_coefficients(RESULTS)
    assert set(table["predictor"]) == {
        name for name, predictor in PREDICTORS.items() if predictor.linear
    }
    chosen = table.query("predictor == 'ridge' and merger == 'two' and metric == 'metric_a'")
    values = [
        result.diagnostics["coefficients"]["metric_a"]
        for result in RESULTS
        if result.diagnostics["predictor"] == "ridge" and result.diagnostics["merger"] == "two"
    ]
    assert chosen["mean"].item() == pytest.approx(np.mean(values))
    assert chosen["sd"].item() == pytest.approx(np.std(values))
    assert chosen["nonzero"].item() == 1.0


def test_coefficients_without_learners_are_an_empty_table():
    table = tabulate_coefficients(fit_all(TABLE, ("partner_mean",)))
    assert table.empty
    assert list(table.columns[-3:]) == ["mean", "sd", "nonzero"]


def test_summary_text_shows_two_blocks_per_target():
    results = fit_all(TABLE, ("partner_mean", "ridge"), ("normalized_accuracy", "accuracy"))
    summary = summarize(measure_groups(results))
    first, interaction, second, _ = summary_text(summary).split("\n\n")
    assert interaction.startswith("accuracy, loto: r on the interaction, mean over folds\n")
    title, header, *lines = first.splitlines()
    assert title == "accuracy, loto: validation r, mean over folds"
    assert second.startswith("normalized_accuracy, loto")
    assert header.split() == ["one", "two"]
    assert [line.split()[0] for line in lines] == ["ridge", "partner_mean"]
    ridge = summary.query("target == 'accuracy' and predictor == 'ridge'").set_index("merger")
    assert lines[0].split()[1:] == [f"{ridge.loc[m, 'validation_r']:.3f}" for m in ("one", "two")]
