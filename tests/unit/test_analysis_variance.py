"""The additive model finds task effects where there are some, and nothing where there are none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import make_pairs_table

from mergeability.analysis.variance import (
    COLUMNS,
    decompose_variance,
    interaction_residual,
    task_effects,
)
from mergeability.naming import all_pairs, split_pair

pytestmark = pytest.mark.filterwarnings("error")


def all_tasks(n_tasks):
    return np.array([split_pair(pair) for pair in all_pairs(f"t{i:02d}" for i in range(n_tasks))])


def make_table(tasks, accuracy, merger="one"):
    return pd.DataFrame(
        {
            "pair": ["__".join(pair) for pair in tasks],
            "task_a": tasks[:, 0],
            "task_b": tasks[:, 1],
            "merger": merger,
            "accuracy": accuracy,
        }
    )


@given(st.integers(3, 9), st.integers(0, 99))
def test_additive_targets_leave_nothing(n_tasks, seed):
    effects = np.random.default_rng(seed).normal(size=n_tasks)
    tasks = all_tasks(n_tasks)
    target = 0.7 + effects[np.searchsorted(np.unique(tasks), tasks)].sum(axis=1)
    fit = interaction_residual(tasks, target)
    assert np.abs(fit.residual).max() < 1e-12
    assert fit.mean == pytest.approx(0.7 + 2 * effects.mean())
    assert list(fit.effects.values()) == pytest.approx(effects - effects.mean())
    (row,) = decompose_variance(make_table(tasks, target), ["accuracy"]).to_dict("records")
    assert row["r_squared"] == pytest.approx(1)
    assert row["task_effect_sd"] == pytest.approx(effects.std(ddof=1))
    if n_tasks > 3:
        assert row["adjusted_r_squared"] == pytest.approx(1)
        assert row["interaction_sd"] == pytest.approx(0, abs=1e-12)


def test_pure_interaction_explains_nothing():
    tasks = all_tasks(20)
    generator = np.random.default_rng(0)
    frame = pd.concat(
        [make_table(tasks, generator.normal(size=190), f"m{i:02d}") for i in range(40)]
    )
    rows = decompose_variance(frame, ["accuracy"])
    assert rows["adjusted_r_squared"].mean() == pytest.approx(0, abs=0.02)
    assert rows["r_squared"].mean() == pytest.approx(19 / 189, abs=0.02)
    assert rows["interaction_sd"].mean() == pytest.approx(1, abs=0.03)


def test_residuals_are_what_least_squares_leaves():
    table = make_pairs_table(7, noise=3.0).drop(index=[2, 5])
    tasks = table[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    target = table["accuracy"].to_numpy()
    names = np.unique(tasks)
    design = (tasks[:, 0:1] == names).astype(float) + (tasks[:, 1:2] == names)
    expected = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    fit = interaction_residual(tasks, target)
    assert fit.residual == pytest.approx(expected)
    assert fit.rank == 7
    assert sum(fit.effects.values()) == pytest.approx(0)
    (row,) = decompose_variance(table, ["accuracy"]).to_dict("records")
    r_squared = 1 - (expected**2).sum() / ((target - target.mean()) ** 2).sum()
    assert row["r_squared"] == pytest.approx(r_squared)
    assert row["adjusted_r_squared"] == pytest.approx(1 - (1 - r_squared) * 18 / 12)
    assert row["interaction_sd"] == pytest.approx(np.sqrt((expected**2).sum() / 12))
    assert 0 <= row["r_squared_low"] <= r_squared <= row["r_squared_high"] <= 1


def test_one_row_per_target_and_merger():
    table = make_pairs_table(5, ("two", "one"))
    table.loc[table.index[:2], "accuracy"] = np.nan
    frame = decompose_variance(table, ["normalized_accuracy", "accuracy"])
    assert list(frame.columns) == COLUMNS
    assert frame[["target", "merger"]].to_numpy().tolist() == [
        ["accuracy", "one"],
        ["accuracy", "two"],
        ["normalized_accuracy", "one"],
        ["normalized_accuracy", "two"],
    ]
    assert frame["n_pairs"].tolist() == [9, 9, 10, 10]
    assert frame["n_tasks"].eq(5).all()


@pytest.mark.parametrize("n_tasks", [2, 3])
def test_designs_without_spare_pairs(n_tasks):
    table = make_pairs_table(n_tasks)
    (row,) = decompose_variance(table, ["accuracy"]).to_dict("records")
    assert np.isnan(row["adjusted_r_squared"])
    assert np.isnan(row["interaction_sd"])
    assert np.isnan(row["r_squared_low"])


def test_designs_that_do_not_determine_the_effects():
    """Pairs between two halves: constants move from one to the other without any trace."""
    tasks = np.array([["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]])
    fit = interaction_residual(tasks, np.array([1.0, 2.0, 3.0, 4.5]))
    assert fit.rank == 3
    assert fit.residual == pytest.approx([0.125, -0.125, -0.125, 0.125])
    assert fit.effects["b"] - fit.effects["a"] == pytest.approx(2.25)


def test_targets_without_values_or_variance():
    table = make_pairs_table(5).assign(accuracy=np.nan, normalized_accuracy=0.3)
    frame = decompose_variance(table, ["accuracy", "normalized_accuracy"])
    assert frame["n_pairs"].tolist() == [0, 10]
    assert frame[["r_squared", "r_squared_low", "adjusted_r_squared"]].isna().all(axis=None)
    assert task_effects(table, "accuracy", "mean").empty


def test_task_effects_are_in_units_of_the_target():
    table = make_pairs_table(6, ("one", "two"), noise=0.0)
    table.loc[0, "accuracy"] = np.nan
    frame = task_effects(table, "accuracy", "one")
    assert list(frame.columns) == ["task", "n_pairs", "effect"]
    assert frame["n_pairs"].tolist() == [4, 4, 5, 5, 5, 5]
    assert frame["effect"].sum() == pytest.approx(0)
    percent = table.assign(accuracy=100 * table["accuracy"])
    assert task_effects(percent, "accuracy", "one")["effect"].to_numpy() == pytest.approx(
        100 * frame["effect"].to_numpy()
    )
