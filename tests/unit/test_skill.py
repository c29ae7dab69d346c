"""What held-out statistics say of predictors whose knowledge is known."""

import numpy as np
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.prediction.comparison import compare_predictors
from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.registry import PROTOCOLS, resolve_parameters
from mergeability.prediction.skill import STATISTICS, HeldOut, correlations, measure_groups
from mergeability.prediction.summary import summarize
from mergeability.prediction.task_effects import fit_task_terms, foretell, partner_terms

TABLE = make_pairs_table(8)
TARGET = "normalized_accuracy"


def fit(method, protocol, table=TABLE, metrics=METRICS, predictor=None):
    return fit_folds(
        table,
        method,
        resolve_parameters(method, {}),
        target=TARGET,
        metrics=metrics,
        seed=0,
        protocol=protocol,
        predictor=predictor,
    )


def statistic(results, name):
    return correlations(HeldOut.of(results))[STATISTICS.index(name)]


def test_l2to_predicts_every_pair_once_from_pairs_of_other_tasks():
    results = fit("ridge", "l2to")
    assert sorted(result.held_out for result in results) == sorted(TABLE["pair"])
    assert {result.diagnostics["n_train_pairs"] for result in results} == {15}


def test_split_trains_and_tests_on_disjoint_tasks_in_both_directions():
    results = fit("ridge", "split")
    assert len(results) == 20
    for there, back in zip(results[::2], results[1::2], strict=True):
        tasks = [
            set(result.predictions[["task_a", "task_b"]].to_numpy().ravel())
            for result in (there, back)
        ]
        assert not tasks[0] & tasks[1]
        assert {len(names) for names in tasks} == {4}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("method", ["ridge", "pearson_l1"])
def test_held_out_targets_change_no_fit(protocol, method):
    before = fit(method, protocol)
    for fold in (0, len(before) - 1):
        held_out = before[fold].predictions["pair"]
        changed = TABLE.copy()
        rows = changed["pair"].isin(held_out)
        changed.loc[rows, TARGET] = np.linspace(0, 1, rows.sum())
        after = fit(method, protocol, changed)[fold]
        assert after.diagnostics["coefficients"] == before[fold].diagnostics["coefficients"]
        np.testing.assert_array_equal(
            after.predictions["predicted"], before[fold].predictions["predicted"]
        )


def test_a_predictor_without_knowledge_has_no_relative_r_but_a_negative_pooled_r():
    results = fit("partner_mean", "l2to", metrics=[])
    assert np.isnan(statistic(results, "relative_r"))
    assert statistic(results, "pooled_r") < 0


def test_metrics_that_know_pairs_have_skill_on_the_interaction():
    assert statistic(fit("ridge", "loto"), "interaction_r") > 0.8
    # Where all pairs are known, the mean of a partner is a multiple of its effect.
    assert np.isnan(statistic(fit("partner_mean", "loto", metrics=[]), "interaction_r"))


def test_foretold_values_are_those_of_fits_without_the_pair():
    tasks = TABLE[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    values = TABLE[TARGET].to_numpy()
    expected = []
    for row, (a, b) in enumerate(tasks):
        others = np.arange(len(tasks)) != row
        fitted = fit_task_terms(tasks[others], values[others])
        terms = dict(zip(fitted.tasks, fitted.terms, strict=True))
        expected.append(terms[a] + terms[b])
    np.testing.assert_allclose(foretell(tasks, values), expected, atol=1e-9)


def test_terms_of_partners_do_not_depend_on_pairs_of_the_held_out_task():
    tasks = TABLE[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    values = TABLE[TARGET].to_numpy()
    inside = (tasks == "task03").any(axis=1)
    changed = np.where(inside, 0.0, values)
    known = partner_terms(tasks, values, "task03")
    np.testing.assert_array_equal(known, partner_terms(tasks, changed, "task03"))
    assert (np.isfinite(known) == inside).all()


def test_a_predictor_does_not_differ_from_itself_and_beats_one_that_is_blind():
    results = [
        *fit("ridge", "loto"),
        *fit("ridge", "loto", predictor="twin"),
        *fit("single_accuracy", "loto", metrics=[]),
    ]
    rows = (
        compare_predictors(measure_groups(results))
        .set_index(["merger", "predictor", "reference"])
        .sort_index()
    )
    assert rows.loc[("mean over mergers", "ridge", "twin"), "difference"] == 0
    assert rows.loc[("mean over mergers", "ridge", "single_accuracy"), "difference"] > 0.5
    assert (rows.loc["mean over mergers", "difference"] == rows.loc["mean", "difference"]).all()


def test_comparisons_are_on_pairs_that_all_have_predicted():
    table = TABLE.copy()
    table.loc[0, METRICS[0]] = np.nan
    results = [*fit("ridge", "loto", table), *fit("partner_mean", "loto", table, [])]
    assert summarize(measure_groups(results)).set_index("predictor")["n_pairs"].to_dict() == {
        "ridge": 27,
        "partner_mean": 28,
    }
    assert set(compare_predictors(measure_groups(results))["n_pairs"]) == {27}
