"""Merges on probe samples: which jobs there are, and what becomes of their results."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import yaml
from test_measurements import PAIRS, SINGLE, merge, write
from test_study import Wildcards

from mergeability.analysis.pairs import metric_columns
from mergeability.files import write_json, write_table
from mergeability.prediction.pairs_table import build_pairs_table
from mergeability.prediction.predictors import metric, probe_merge
from mergeability.prediction.problem import Pairs, Training
from mergeability.prediction.registry import PREDICTORS, titled
from mergeability.workflow import paths
from mergeability.workflow.bundles import Job
from mergeability.workflow.merging import PROBES, TESTS
from mergeability.workflow.study import Study

DEFAULT = yaml.safe_load((Path(__file__).parents[2] / "config/config.yaml").read_text())


@pytest.fixture
def config():
    config = deepcopy(DEFAULT)
    config["prediction"]["predictors"]["probe_merge"] = {"method": "probe_merge"}
    return config


def test_merges_are_probed_only_where_a_predictor_merges(config):
    wildcards = Wildcards(zoo="tiny", merger="ties")
    without, with_probes = Study(deepcopy(DEFAULT)), Study(config)
    assert without.merging.tested_samples == [TESTS]
    assert without.prediction.probed_merges(wildcards) == []
    assert with_probes.merging.tested_samples == [TESTS, PROBES]
    probed = with_probes.prediction.probed_merges(wildcards)
    assert len(probed) == len(set(probed)) == 190
    assert probed[0] == "results/tiny/probe_merges/ties/armenian__arrows.json"


def test_probes_are_bundled_like_evaluations_under_other_names(config):
    study = Study(config)
    tested, probed = (
        study.merging.jobs(samples.rule, "has_examples") for samples in (TESTS, PROBES)
    )
    assert [job.targets for job in tested] == [job.targets for job in probed]
    assert not {job.rule for job in tested} & {job.rule for job in probed}


def test_probes_are_normalised_by_the_checkpoint_on_the_same_samples(config):
    wildcards = Wildcards(zoo="tiny", merger="ties", pair="count__greek")
    find = Study(config).merging.inputs(Job("rule", "tiny", "{pair}", ("{pair}",)), PROBES)
    data = find(wildcards)
    tasks = ("count", "greek")
    assert data["tests"] == [f"results/tiny/probes/{task}.safetensors" for task in tasks]
    assert data["singles"] == [f"results/tiny/probe_merges/single/{task}.json" for task in tasks]
    assert data["checkpoints"] == [f"results/tiny/checkpoints/{task}.safetensors" for task in tasks]


def test_the_score_is_the_target_on_probe_samples(config):
    study = Study(config)
    for target in ("accuracy", "normalized_accuracy"):
        wildcards = Wildcards(predictor="probe_merge", target=target)
        assert study.prediction.metrics(wildcards) == [f"probe_{target}"]


def test_zoos_measured_elsewhere_have_neither_probes_nor_other_families(config, tmp_path):
    metrics = {"metrics": {"stable_rank": {"pairs": dict.fromkeys(PAIRS, 1.0)}}}
    write(tmp_path / "mergeability/Z/pairwise_metrics_N5.json", metrics)
    write(tmp_path / "finetuning/accs.json", {"Z": SINGLE})
    for name in ("tsv", "tsv_variant"):
        merges = {pair: merge(pair) for pair in PAIRS}
        write(tmp_path / f"Z/{name}/all_pairwise_summary_N5.json", merges)
    measured = {"folder": str(tmp_path), "name": "Z"}
    config["zoos"] = {
        "with_metrics": {"measurements": measured},
        "without": {"measurements": measured | {"variant": "variant"}},
    }
    config["mergers"] = {"tsv": {"method": "tsv"}}
    config["prediction"]["predictors"] = {
        "known": {"method": "metric", "metric": "stable_rank"},
        "later": {"method": "metric", "metric": "of_no_family_of_the_paper"},
        "partner_mean": {"method": "partner_mean"},
        "probe_merge": {"method": "probe_merge"},
        "ridge": {"method": "ridge"},
    }
    study = Study(config)
    assert study.prediction.predictors_of("with_metrics") == ["known", "partner_mean", "ridge"]
    assert study.prediction.predictors_of("without") == ["partner_mean"]


def write_merge(folder, accuracy):
    merge = {
        "merger": "tsv",
        "pair": "a__b",
        "tasks": {task: {"accuracy": accuracy} for task in "ab"},
        "mean": {"accuracy": accuracy, "normalized_accuracy": accuracy / 0.8},
    }
    folder.mkdir()
    write_json(folder / "a__b.json", merge)
    return [folder / "a__b.json"]


def test_probes_are_columns_of_the_pairs_table_and_no_metrics(tmp_path):
    write_table(
        tmp_path / "metrics.parquet",
        [{"task_a": "a", "task_b": "b", "metric": "m", "family": "f", "value": 1.0}],
    )
    singles = []
    for task in "ab":
        singles.append(tmp_path / f"{task}.json")
        write_json(singles[-1], {"task": task, "accuracy": 0.8})
    merges, probes = write_merge(tmp_path / "merges", 0.6), write_merge(tmp_path / "probes", 0.7)
    table = build_pairs_table([tmp_path / "metrics.parquet"], singles, merges, probes)
    row = table.iloc[0]
    assert row["normalized_accuracy"] == pytest.approx(0.75)
    assert row["probe_accuracy"] == 0.7
    assert row["probe_normalized_accuracy"] == pytest.approx(0.875)
    assert metric_columns(table) == ["m"]
    plain = build_pairs_table([tmp_path / "metrics.parquet"], singles, merges)
    assert list(plain.columns) == [c for c in table.columns if not c.startswith("probe_")]


@pytest.mark.parametrize("module", [metric, probe_merge])
def test_scores_are_the_one_column(module):
    column = np.array([0.2, 0.5, 0.1])
    pairs = Pairs(np.array([["a", "b"], ["a", "c"], ["b", "c"]]), np.ones((3, 2)), column[:, None])
    (result,) = module.fit(pairs, [Training(np.array([True, False, False]), np.array([0.9]), 0)])
    np.testing.assert_array_equal(result.scores, column)
    two = Pairs(pairs.tasks, pairs.single_accuracy, np.ones((3, 2)))
    with pytest.raises(ValueError, match="expected one metric as the score, got 2"):
        module.fit(two, [])


def test_a_reference_that_merges_is_no_baseline():
    kinds = {name: predictor.kind for name, predictor in PREDICTORS.items()}
    assert kinds["probe_merge"] == "merges"
    assert kinds["metric"] == kinds["partner_mean"] == "baseline"
    assert kinds["kernel_ridge"] == "predictor"
    assert titled("mine", "probe_merge") == "mine (merges)"
    assert titled("mine", "ridge") == "mine"


def test_probes_lie_where_the_layout_says():
    assert paths.PROBES == "results/{zoo}/probes/{task}.safetensors"
