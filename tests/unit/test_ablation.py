"""Ablations, greedy selection and the permutation test on tables with a known signal."""

import numpy as np
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.analysis.ablation import make_variants, run_ablation
from mergeability.analysis.permutation_test import permute_metrics, permute_tasks
from mergeability.analysis.selection import backward_path, forward_path, select_metrics
from mergeability.prediction.fitting import log_left_out
from mergeability.prediction.registry import resolve_parameters

TABLE = make_pairs_table(8)
TABLES = {"mean": TABLE}
FAMILIES = {"signal": METRICS[:2], "noise": METRICS[2:]}
TARGET = "normalized_accuracy"
SETTINGS = {"metrics": METRICS, "families": FAMILIES, "penalties": [0, 1], "seeds": 3, "seed": 0}


def variants(ablation, method="pearson_l1"):
    return make_variants(ablation, method, resolve_parameters(method, {}), **SETTINGS)


def test_variants_are_what_they_are_called():
    assert [v.metrics for v in variants("without_family")][1:] == [
        tuple(METRICS[2:]),
        tuple(METRICS[:2]),
    ]
    assert [v.metrics for v in variants("only_family")][1:] == [
        tuple(METRICS[:2]),
        tuple(METRICS[2:]),
    ]
    assert [v.parameters["penalty"] for v in variants("penalty")] == [0, 1]
    assert [v.seed for v in variants("seed")] == [0, 1, 2]
    with pytest.raises(ValueError, match="unknown ablation 'colour'"):
        variants("colour")


def test_the_family_with_the_signal_is_needed_and_enough():
    def validation_r(ablation):
        chosen = {"ridge": variants(ablation, "ridge")}
        table = run_ablation(TABLES, chosen, ablation=ablation, target=TARGET, only=None)
        return table.set_index("variant")["validation_r"]

    without, only = validation_r("without_family"), validation_r("only_family")
    assert max(without["signal"], only["noise"]) < 0.5
    assert min(without["noise"], only["signal"]) > 0.8


def test_forward_selection_starts_with_the_most_correlated_and_takes_no_duplicate():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 4))
    x = np.column_stack([x, x[:, 0], np.ones(40)])
    y = x[:, 2] + 0.1 * x[:, 1]
    assert forward_path(x, y)[:2] == [2, 1]
    assert not {0, 4} <= set(forward_path(x, y + generator.normal(size=40)))
    assert 5 not in forward_path(x, y + generator.normal(size=40))
    assert backward_path(x, y + 0.01 * generator.normal(size=40))[-1] == 2


def test_training_r_never_falls_along_a_path_and_selection_ignores_held_out_targets():
    chosen = select_metrics(TABLES, target=TARGET, metrics=METRICS, only=None)
    forward = chosen[chosen["direction"] == "forward"]
    for _, rows in forward.groupby("held_out"):
        assert rows["train_r"].is_monotonic_increasing
        assert rows["metric"].iloc[0] == "metric_a"
    changed = TABLE.copy()
    rows = (changed[["task_a", "task_b"]] == "task00").any(axis=1)
    changed.loc[rows, TARGET] = 0.0
    again = select_metrics({"mean": changed}, target=TARGET, metrics=METRICS, only=None)
    columns = ["direction", "n_metrics", "metric", "train_r", "selected"]
    fold = chosen["held_out"] == "task00"
    assert chosen.loc[fold, columns].equals(again.loc[again["held_out"] == "task00", columns])


def test_permuted_metrics_are_the_same_rows_of_other_pairs():
    tasks = sorted({*TABLE["task_a"], *TABLE["task_b"]})
    image = dict(zip(tasks, np.roll(tasks, 1).tolist(), strict=True))
    moved = permute_metrics(TABLE, METRICS, image)
    assert not moved[METRICS].equals(TABLE[METRICS])
    assert sorted(moved["metric_a"]) == sorted(TABLE["metric_a"])
    assert moved[TARGET].equals(TABLE[TARGET])


def test_a_planted_signal_is_found_and_noise_is_not():
    predictors = {"ridge": {"method": "ridge", "parameters": resolve_parameters("ridge", {})}}

    def p_value(metrics):
        table = permute_tasks(
            TABLES, predictors, target=TARGET, metrics=metrics, seed=0, refits=30, only=None
        )
        return table["p_value"].iloc[0]

    assert p_value(METRICS) == 1 / 31
    assert p_value(METRICS[2:]) > 0.05


def test_refits_are_silent_where_pairs_lack_a_metric(caplog):
    lacking = TABLE.assign(metric_a=TABLE["metric_a"].where(TABLE.index > 0))
    ridge = {"method": "ridge", "parameters": resolve_parameters("ridge", {})}
    with caplog.at_level("INFO", logger="mergeability"):
        permute_tasks(
            *({"mean": lacking}, {"ridge": ridge}),
            **{"target": TARGET, "metrics": METRICS, "seed": 0, "refits": 3, "only": None},
        )
        assert not caplog.messages
        log_left_out(lacking, METRICS)
    (message,) = caplog.messages
    assert message == (
        f"mean: 1 of {len(TABLE)} pairs are left out; metrics that some lack: metric_a"
    )
