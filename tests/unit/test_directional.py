"""The directional model: what it finds where the truth is known, with proxies and without."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from mergeability.naming import pair_name
from mergeability.prediction.completion import complete_pairs, confirm_pairs, most_promising
from mergeability.prediction.designs import design
from mergeability.prediction.diallel import Grid, infer
from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.predictors import directional
from mergeability.prediction.problem import Pairs, Training
from mergeability.prediction.proxies import join_proxies
from mergeability.prediction.registry import resolve_parameters

PARAMETERS = resolve_parameters("directional", {})
TASKS = [f"t{i:02d}" for i in range(16)]


def zoo(seed=0, interaction=0.02, shared=0.0):
    """A pairs table whose losses are products, and the log losses without their interaction."""
    rng = np.random.default_rng(seed)
    disturbed, disturbs = rng.normal(0, 0.5, 16), rng.normal(0, 0.4, 16)
    known = rng.normal(0, shared, (16, 16))
    rows = []
    for a, b in combinations(range(16), 2):
        kept = {
            end: 1.1
            - np.exp(-1.8 + disturbed[i] + disturbs[j] + known[i, j] + rng.normal(0, interaction))
            for end, i, j in (("a", a, b), ("b", b, a))
        }
        rows.append(
            {"pair": pair_name(TASKS[a], TASKS[b]), "task_a": TASKS[a], "task_b": TASKS[b],
             "merger": "m", "accuracy_single_a": 0.8, "accuracy_single_b": 0.9,
             "accuracy_merged_a": 0.8 * kept["a"], "accuracy_merged_b": 0.9 * kept["b"],
             "normalized_accuracy_a": kept["a"], "normalized_accuracy_b": kept["b"],
             "normalized_accuracy": (kept["a"] + kept["b"]) / 2,
             "accuracy": (0.8 * kept["a"] + 0.9 * kept["b"]) / 2}
        )  # fmt: skip
    return pd.DataFrame(rows), disturbed, known


def fitted(table, partners, draw="0", proxies=()):
    measured = table["pair"].isin(design(TASKS, partners, draw)).to_numpy()
    d = table[["normalized_accuracy_a", "normalized_accuracy_b"]].to_numpy()
    values = [p[["normalized_accuracy_a", "normalized_accuracy_b"]].to_numpy() for p in proxies]
    pairs = Pairs(
        table[["task_a", "task_b"]].to_numpy(dtype=np.str_), np.ones((len(table), 2)),
        np.empty((len(table), 0)),
        np.stack(values, axis=2) if values else np.empty((len(table), 2, 0)),
    )  # fmt: skip
    fold = Training(measured, d[measured].mean(axis=1), 0, d[measured])
    return directional.fit(pairs, [fold], **PARAMETERS)[0], measured, d.mean(axis=1)


def test_effects_of_tasks_are_found_from_few_merges():
    table, disturbed, _ = zoo()
    fit, measured, truth = fitted(table, 4)
    assert np.corrcoef(fit.scores[~measured], truth[~measured])[0, 1] > 0.98
    found = [fit.details["disturbed"][task] for task in TASKS]
    assert np.corrcoef(found, disturbed)[0, 1] > 0.95


def test_a_proxy_says_what_effects_of_tasks_cannot():
    table = zoo(1, shared=0.6)[0]
    other = zoo(1, shared=0.6)[0]
    noise = np.random.default_rng(5).normal(0, 0.01, (len(other), 2))
    other[["normalized_accuracy_a", "normalized_accuracy_b"]] += noise
    alone, measured, truth = fitted(table, 2)
    helped, _, _ = fitted(table, 2, proxies=[other])
    outside = ~measured
    r = [np.corrcoef(f.scores[outside], truth[outside])[0, 1] for f in (alone, helped)]
    assert r[1] > 0.97 > r[0] + 0.1


def test_without_training_the_proxies_speak_alone():
    table, other = zoo(2)[0], zoo(3)[0]
    values = other[["normalized_accuracy_a", "normalized_accuracy_b"]].to_numpy()
    pairs = Pairs(
        table[["task_a", "task_b"]].to_numpy(dtype=np.str_), np.ones((len(table), 2)),
        np.empty((len(table), 0)), values[:, :, None],
    )  # fmt: skip
    nothing = Training(np.zeros(len(table), dtype=bool), np.empty(0), 0, np.empty((0, 2)))
    (fit,) = directional.fit(pairs, [nothing], **PARAMETERS)
    np.testing.assert_allclose(fit.scores, values.mean(axis=1))
    assert fit.interval is None


def test_intervals_hold_about_as_often_as_they_say():
    held = []
    for seed in range(12):
        fit, measured, truth = fitted(zoo(seed, interaction=0.25)[0], 4, draw=str(seed))
        low, high = fit.interval
        held += ((low <= truth) & (truth <= high))[~measured].tolist()
    assert 0.85 < np.mean(held) < 0.96


def test_left_out_pairs_are_those_of_fits_without_them():
    rng = np.random.default_rng(0)
    design_, target = rng.normal(size=(9, 2, 4)), rng.normal(size=(9, 2))
    grid = Grid(np.array([[0, 1.0, 2.0, 0.5]]), np.array([0.4]))
    mean, covariance = infer(design_, target, grid).leave_one_out(design_, target)
    for out in range(9):
        kept = np.arange(9) != out
        without = infer(design_[kept], target[kept], grid)
        expected, spread = without.predict(design_[[out]])
        np.testing.assert_allclose(mean[out], expected[0], rtol=1e-9)
        whole = infer(design_, target, grid).noise
        np.testing.assert_allclose(covariance[out] / whole, spread[0] / without.noise, rtol=1e-9)


@pytest.mark.parametrize("protocol", ["loto", "l2to"])
@pytest.mark.parametrize("target", ["normalized_accuracy", "accuracy"])
def test_held_out_values_change_no_prediction(protocol, target):
    table, other = zoo(4)[0], zoo(5)[0]
    joined = join_proxies(table, {"small": other}, target)
    about = {"target": target, "metrics": [], "seed": 0, "protocol": protocol, "proxies": ["small"]}
    first = fit_folds(joined, "directional", PARAMETERS, **about)[0]
    changed = joined.copy()
    inside = changed["pair"].isin(first.predictions["pair"])
    for end in ("", "_a", "_b"):
        changed.loc[inside, f"normalized_accuracy{end}"] = 0.5
    changed.loc[inside, ["accuracy", "accuracy_merged_a", "accuracy_merged_b"]] = 0.4
    again = fit_folds(changed, "directional", PARAMETERS, **about)[0]
    assert first.predictions["predicted"].tolist() == again.predictions["predicted"].tolist()


def test_all_pairs_are_measured_or_predicted_and_the_best_confirmed():
    table = zoo(6)[0]
    truth = table.set_index("pair")["normalized_accuracy"]
    columns = [c for c in table if "accuracy" in c and "single" not in c]
    table.loc[~table["pair"].isin(design(TASKS, 4)), columns] = np.nan
    completed = complete_pairs(
        table, "directional", PARAMETERS, target="normalized_accuracy", metrics=[], seed=0
    )
    assert completed["measured"].sum() == len(design(TASKS, 4))
    assert completed["normalized_accuracy"].notna().all()
    assert (completed["low"] <= completed["high"]).all()
    best = most_promising(completed, "normalized_accuracy", 5)
    assert len(best) == 5
    assert not set(best) & set(design(TASKS, 4))
    merges = [{"pair": pair, "mean": {"normalized_accuracy": truth[pair]}} for pair in best]
    confirmed = confirm_pairs(completed, merges, "normalized_accuracy").set_index("pair")
    assert confirmed["measured"].sum() == completed["measured"].sum() + 5
    assert (confirmed.loc[best, "normalized_accuracy"] == truth[best]).all()
    assert confirmed.loc[best, "predicted"].notna().all()
