"""What a finished run leaves behind."""

from math import acos, degrees

import numpy as np
import pandas as pd
import pytest
from jobs import ABLATIONS, MERGERS, PAIRS, PREDICTORS, PROTOCOLS, TARGETS
from workspace import TASKS

from mergeability.files import read_json, read_metadata, read_tensors
from mergeability.metrics.pair import SketchPair
from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES, metric_names


def stems(folder, suffix):
    return sorted(path.stem for path in folder.glob(f"*{suffix}"))


def test_checkpoints_are_vision_towers_with_provenance(built):
    assert stems(built / "results/mini/checkpoints", ".safetensors") == TASKS
    pretrained = read_tensors(built / "resources/backbones/tiny_clip/vision.safetensors")
    for task in TASKS:
        path = built / f"results/mini/checkpoints/{task}.safetensors"
        weights = read_tensors(path)
        assert {n: a.shape for n, a in weights.items()} == {
            n: a.shape for n, a in pretrained.items()
        }
        assert "transformer.resblocks.0.attn.in_proj_weight" in weights
        assert any((weights[name] != pretrained[name]).any() for name in weights)
        assert read_metadata(path)["task"] == task
    assert (
        read_metadata(built / "results/mini/checkpoints/grating.safetensors")["recipe"][
            "samples_seen"
        ]
        == 640
    )


def test_heads_have_rows_of_equal_length(built):
    """Every row is a unit vector times exp(logit scale)."""
    for task in TASKS:
        weight = read_tensors(built / f"results/mini/heads/{task}.safetensors")["weight"]
        names = read_json(built / f"resources/datasets/tiny/{task}/classes.json")["class_names"]
        assert weight.shape == (len(names), 64)
        np.testing.assert_allclose(
            np.linalg.norm(weight, axis=1), np.linalg.norm(weight[0]), rtol=1e-4
        )


def test_single_evaluations(built):
    for task in TASKS:
        content = read_json(built / f"results/mini/evaluations/single/{task}.json")
        assert content["task"] == task
        assert content["samples"] == 500
        assert 0 <= content["zero_shot_accuracy"] <= 1
        assert content["accuracy"] > 0
        assert content["loss"] > 0


def test_merge_evaluations_normalise_by_the_single_ones(built):
    for merger in MERGERS:
        folder = built / f"results/mini/evaluations/{merger}"
        assert stems(folder, ".json") == PAIRS
        for pair in PAIRS:
            content = read_json(folder / f"{pair}.json")
            assert (content["merger"], content["pair"]) == (merger, pair)
            assert list(content["tasks"]) == pair.split("__")
            for task, entry in content["tasks"].items():
                single = read_json(built / f"results/mini/evaluations/single/{task}.json")
                assert entry["normalized_accuracy"] == entry["accuracy"] / single["accuracy"]
            for key, mean in content["mean"].items():
                values = [entry[key] for entry in content["tasks"].values()]
                assert mean == pytest.approx(np.mean(values))


def test_metric_files_are_tidy(built):
    assert stems(built / "results/mini/metrics", ".parquet") == PAIRS
    for pair in PAIRS:
        table = pd.read_parquet(built / f"results/mini/metrics/{pair}.parquet")
        assert list(table.columns) == ["task_a", "task_b", "metric", "family", "value"]
        assert list(table["metric"]) == metric_names()
        assert list(table["family"]) == [
            name for name in PAPER_FAMILIES for _ in FAMILIES[name].metrics
        ]
        assert table["value"].dtype == np.float64
        assert np.isfinite(table["value"]).all()
        assert {"__".join(row) for row in zip(table["task_a"], table["task_b"], strict=True)} == {
            pair
        }


@pytest.mark.parametrize("pair", PAIRS)
def test_geometric_identities_hold(built, pair):
    """Distance, cosine and dot product of one pair come from the same two vectors."""
    table = pd.read_parquet(built / f"results/mini/metrics/{pair}.parquet")
    value = dict(zip(table["metric"], table["value"], strict=True))
    sketches = SketchPair(
        *(built / f"results/mini/sketches/{task}.safetensors" for task in pair.split("__"))
    )
    grams = {
        "task_vector": sketches.task_vectors,
        "activation": sketches.activations,
        "encoder_gradient": sketches.encoder_gradients,
        "input_gradient": sketches.input_gradients,
    }
    for name, gram in grams.items():
        norm_a, norm_b = gram.norms
        dot = value[f"{name}_dot_product"]
        assert value[f"{name}_l2_distance"] ** 2 == pytest.approx(
            norm_a**2 + norm_b**2 - 2 * dot, rel=1e-9
        )
        assert value[f"{name}_cosine_similarity"] * norm_a * norm_b == pytest.approx(dot, rel=1e-9)
    assert value["weight_space_angle"] == pytest.approx(
        degrees(acos(value["task_vector_cosine_similarity"]))
    )


def test_task_vectors_in_sketches_are_those_of_the_checkpoints(built):
    pretrained = read_tensors(built / "resources/backbones/tiny_clip/vision.safetensors")
    weights = read_tensors(built / "results/mini/checkpoints/shapes.safetensors")
    tau = read_tensors(built / "results/mini/sketches/shapes.safetensors", prefix="task_vector/")
    for name, update in tau.items():
        np.testing.assert_array_equal(update, weights[name] - pretrained[name])


def test_pairs_table(built):
    table = pd.read_parquet(built / "results/mini/pairs.parquet")
    assert len(table) == len(PAIRS) * len(MERGERS)
    assert list(table["pair"] + table["merger"]) == sorted(table["pair"] + table["merger"])
    assert not table.isna().any().any()
    assert set(metric_names()) <= set(table.columns)
    row = table.set_index(["pair", "merger"]).loc[("arrows__shapes", "tsv")]
    content = read_json(built / "results/mini/evaluations/tsv/arrows__shapes.json")
    assert row["normalized_accuracy"] == content["mean"]["normalized_accuracy"]
    assert row["accuracy_merged_b"] == content["tasks"]["shapes"]["accuracy"]


def test_folds_hold_out_what_they_say(built):
    table = pd.read_parquet(built / "results/mini/pairs.parquet")
    for target in TARGETS:
        for predictor in PREDICTORS:
            for merger in MERGERS:
                folder = built / f"results/mini/prediction/{target}/{predictor}/{merger}/loto"
                assert stems(folder, ".parquet") == stems(folder, ".json") == TASKS
                fold = pd.read_parquet(folder / "grating.parquet")
                assert sorted(fold["pair"]) == [pair for pair in PAIRS if "grating" in pair]
                truth = table[table["merger"] == merger].set_index("pair")[target]
                assert list(fold["observed"]) == list(truth[fold["pair"]])
                diagnostics = read_json(folder / "grating.json")
                assert diagnostics["n_train_pairs"] == 3
                coefficients = diagnostics["coefficients"]
                uses_metrics = predictor in ("pearson_l1", "ridge")
                assert (
                    (set(coefficients) == set(metric_names()))
                    if uses_metrics
                    else (coefficients is None)
                )


def test_summary_has_intervals_and_numbers_of_pairs(built):
    for target in TARGETS:
        summary = pd.read_parquet(built / f"results/mini/prediction/{target}/summary.parquet")
        assert len(summary) == len(PREDICTORS) * len(MERGERS) * len(PROTOCOLS)
        whole = summary[summary["protocol"] != "split"]
        assert (whole["n_pairs"] == len(PAIRS)).all()
        # With four tasks, leaving one out leaves folds of two pairs, which have no correlation.
        for column in ("pooled_r", "pooled_spearman"):
            known = summary[
                summary[[column, f"{column}_low", f"{column}_high"]].notna().all(axis=1)
            ]
            assert len(known)
            assert (known[f"{column}_low"] <= known[column]).all()
            assert (known[column] <= known[f"{column}_high"]).all()


def test_figures_and_tables(built):
    folder = built / "results/mini/figures"
    names = [
        *(f"accuracy/{merger}" for merger in MERGERS),
        *(f"prediction/{t}/{p}" for t in TARGETS for p in PREDICTORS),
        *(f"coefficients/{t}/{p}" for t in TARGETS for p in ("pearson_l1", "ridge")),
        *(f"validation/{target}/{protocol}" for target in TARGETS for protocol in PROTOCOLS),
        *(f"comparison/{target}/{protocol}" for target in TARGETS for protocol in PROTOCOLS),
        *(f"ablations/{t}/pearson_l1/{a}" for t in TARGETS for a in ABLATIONS),
        *(f"metric_correlations/{target}" for target in TARGETS),
        *(f"direction_effects/{target}" for target in TARGETS),
        *("redundancy", "variance"),
    ]
    for name in names:
        assert (folder / f"{name}.svg").read_text().startswith("<?xml")
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    text = (built / "results/mini/tables/summary.txt").read_text()
    assert all(word in text for word in (*MERGERS, *PREDICTORS, *TARGETS))


def test_nothing_half_written_is_left(built):
    assert not list((built / "results").rglob("*.partial*"))


def test_every_job_wrote_a_log_and_a_benchmark(built):
    logs = {path.name for path in (built / "results/mini/logs").iterdir()}
    benchmarks = {path.name for path in (built / "results/mini/benchmarks").iterdir()}
    assert {"finetune_checkpoint", "evaluate_merge", "fit_fold", "compute_pair_metrics"} <= logs
    assert {name.split(".")[0] for name in logs} == {name.split(".")[0] for name in benchmarks}


def test_merged_weights_can_be_had_as_a_file(copied):
    copied.run("results/mini/merged/weight_average/arrows__shapes.safetensors")
    merged = read_tensors(copied / "results/mini/merged/weight_average/arrows__shapes.safetensors")
    first, second = (
        read_tensors(copied / f"results/mini/checkpoints/{task}.safetensors")
        for task in ("arrows", "shapes")
    )
    for name, weight in merged.items():
        np.testing.assert_allclose(weight, (first[name] + second[name]) / 2, atol=1e-6)


def test_the_run_ends_with_its_results(copied):
    (copied / "results/mini/tables/summary.txt").unlink()
    output = copied.run("results/mini/tables/summary.txt")
    assert "validation r" in output
    assert "Report: results/mini/report.html" in output
    assert "To look at first: results/mini/overview.html" in output


def test_fresh_run_with_other_order_and_bundles_gives_the_same_bytes(built, empty):
    """Results depend on names, not on the order of the config nor on who computes what."""
    zoo = empty.config["zoos"]["mini"]
    zoo["tasks"].reverse()
    empty.config["mergers"] = dict(reversed(empty.config["mergers"].items()))
    empty.config["targets_per_job"] = {"tasks": 3, "pairs": 2}
    empty.write_config()
    empty.run("predictions")
    assert empty.artifacts().items() <= built.artifacts().items()
    assert len(empty.artifacts()) > 4 + 5 * 6 + 6 + 2 * 4 * 5 * 4 * 2
