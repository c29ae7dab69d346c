"""The answers that rules get, for the default config."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from mergeability.tuning.parameters import parameters_of
from mergeability.workflow import paths
from mergeability.workflow.bundles import Job
from mergeability.workflow.merging import TESTS
from mergeability.workflow.study import Study

DEFAULT = yaml.safe_load((Path(__file__).parents[2] / "config/config.yaml").read_text())


ONE_TASK = Job("rule", "tiny", "{task}", ("{task}",))
ONE_PAIR = Job("rule", "tiny", "{pair}", ("{pair}",))


class Wildcards(dict):
    """As Snakemake hands them over: names as attributes and as items."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def study():
    return Study(deepcopy(DEFAULT))


def test_patterns_expand_over_what_is_not_given(study):
    assert len(study.files(paths.MERGE_EVALUATION, "tiny")) == 950
    assert len(study.files(paths.PAIR_METRICS, "tiny")) == 190
    assert len(study.files(paths.FOLD, "tiny", predictor="ridge", target="accuracy")) == 100
    assert study.files(paths.HEAD, "tiny", task="greek") == ["results/tiny/heads/greek.safetensors"]


def test_shared_files_are_those_of_the_zoo(study):
    wildcards = Wildcards(zoo="tiny", task="greek")
    assert study.file(paths.TRAIN_SPLIT)(wildcards) == (
        "resources/datasets/tiny/greek/train.safetensors"
    )
    assert study.file(paths.VISION_TOWER)(wildcards) == (
        "resources/backbones/tiny_clip/vision.safetensors"
    )


def test_recipe_has_the_samples_of_the_task(study):
    tasks = study.checkpoints.recipes(Job("rule", "tiny", "tasks_1", ("greek", "count")))
    recipe = tasks(Wildcards(zoo="tiny"))["greek"]
    assert "samples_seen_by_task" not in recipe
    assert list(recipe) == sorted(recipe)
    study.config["zoos"]["tiny"]["finetuning"]["samples_seen_by_task"] = {"greek": 7}
    assert tasks(Wildcards(zoo="tiny"))["greek"]["samples_seen"] == 7
    assert tasks(Wildcards(zoo="tiny"))["count"]["samples_seen"] > 7


def test_weights_alone_need_no_data(study):
    wildcards = Wildcards(zoo="tiny", task="greek")
    assert len(study.metrics.sketch_inputs(ONE_TASK)(wildcards)["common"]) == 20
    study.config["zoos"]["tiny"]["calibration"]["tasks"] = ["greek", "count"]
    assert len(study.metrics.sketch_inputs(ONE_TASK)(wildcards)["common"]) == 2
    study.families = ["effective_rank", "subspace", "task_vector"]
    assert study.metrics.sketch_inputs(ONE_TASK)(wildcards) == {}


def test_a_family_that_looks_at_known_parts_changes_no_sketch(study):
    study.families = ["task_vector"]
    before = study.metrics.settings
    study.families = ["effective_rank", "single_update", "task_vector"]
    assert study.metrics.settings == before
    study.families = ["subspace", "task_vector"]
    assert study.metrics.settings != before


def test_one_pair_per_job_has_one_rule_and_bundles_have_several(study):
    study.config["targets_per_job"] = {"tasks": 5}
    (job,) = study.merging.jobs("evaluate_merge", "has_examples")
    assert job.rule == "evaluate_merge"
    assert job.title == "{wildcards.pair}"
    wildcards = Wildcards(zoo="tiny", pair="count__greek", merger="ties")
    both = [f"results/tiny/checkpoints/{task}.safetensors" for task in ("count", "greek")]
    assert study.merging.inputs(job, TESTS)(wildcards)["checkpoints"] == both
    assert study.merging.merge_inputs(wildcards)["checkpoints"] == both
    study.config["targets_per_job"] = {"pairs": 7}
    sizes = [len(job.targets) for job in study.merging.jobs("evaluate_merge", "has_examples")]
    assert sum(sizes) == 190
    assert max(sizes) == 7
    find = study.merging.inputs(Job("rule", "tiny", "a_1", ("a__c", "a__b")), TESTS)
    data = find(Wildcards(zoo="tiny", merger="ties"))
    assert [Path(path).stem for path in data["heads"]] == ["a", "b", "c"]
    assert Job("rule", "tiny", "a_1", ("a__c", "a__b")).title == "a__c and 1 more"


def test_reordering_the_config_changes_no_list(study):
    shuffled = deepcopy(DEFAULT)
    shuffled["zoos"]["tiny"]["tasks"].reverse()
    shuffled["mergers"] = dict(reversed(shuffled["mergers"].items()))
    shuffled["metrics"]["families"].reverse()
    other = Study(shuffled)
    for pattern in (paths.MERGE_EVALUATION, paths.SKETCH, paths.FOLD):
        assert other.files(pattern, "tiny") == study.files(pattern, "tiny")
    wildcards = Wildcards(predictor="ridge")
    assert other.prediction.metrics(wildcards) == study.prediction.metrics(wildcards)


def test_baselines_look_at_no_metric(study):
    assert study.prediction.metrics(Wildcards(predictor="partner_mean")) == []
    assert len(study.prediction.metrics(Wildcards(predictor="pearson_l1"))) == 28


def test_parameters_are_all_but_the_method():
    assert parameters_of({"scale": 1, "method": "ties", "keep": 0.2}) == {"keep": 0.2, "scale": 1}


def shipped_study(name, monkeypatch):
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    return Study(yaml.safe_load((root / f"config/{name}.yaml").read_text()))


def test_epochs_are_those_of_the_task_file(monkeypatch):
    study = shipped_study("vit_b_16", monkeypatch)
    for task, epochs in {"MNIST": 5, "EMNIST": 2, "Flowers102": 147}.items():
        recipe = study.checkpoints.recipes(ONE_TASK)(Wildcards(zoo="vit_b_16", task=task))[task]
        assert recipe["epochs"] == epochs
        assert "save_every" not in recipe


def test_memory_follows_the_backbone(monkeypatch):
    small, large = (
        shipped_study(name, monkeypatch).backbones.memory(1000, copies=2)(Wildcards(zoo=name), 1)
        for name in ("vit_b_16", "vit_l_14")
    )
    assert small == pytest.approx(1000 + 2 * 345, abs=10)
    assert large == pytest.approx(1000 + 2 * 1216, abs=20)
    tiny = Study(deepcopy(DEFAULT)).backbones.memory(1000, copies=2)
    assert tiny(Wildcards(zoo="tiny"), 3) == pytest.approx(3 * 1002, abs=6)


def test_zoos_are_told_apart_by_what_they_have(monkeypatch):
    screening = shipped_study("screening", monkeypatch)
    for kind in ("screened", "imported"):
        assert screening.zoos_that_are(kind) == ["candidates"]
    for kind in ("scored", "evaluated", "measured"):
        assert screening.zoos_that_are(kind) == []
    assert len(screening.files(paths.PAIR_METRICS, "candidates")) == 28
    published = shipped_study("fusionbench_b_16", monkeypatch)
    names = list(published.zoos)
    for kind in ("imported", "evaluated", "scored"):
        assert published.zoos_that_are(kind) == names
    for kind in ("screened", "finetuned"):
        assert published.zoos_that_are(kind) == []


def test_a_checkpoint_is_its_files_or_the_manifest_of_a_download(monkeypatch, tmp_path):
    study = shipped_study("screening", monkeypatch)
    checkpoints = study.config["zoos"]["candidates"]["checkpoints"]
    checkpoints["mine"] = {"path": "my/own.pt"}
    checkpoints["shards"] = {"path": str(tmp_path)}
    shards = ["a-00001-of-00002.safetensors", "a-00002-of-00002.safetensors", "a.index.json"]
    for name in shards:
        (tmp_path / name).touch()

    def files_of(task):
        return study.checkpoints.foreign_files(Wildcards(zoo="candidates", task=task))

    assert files_of("mine") == ["my/own.pt"]
    assert files_of("shards") == [f"{tmp_path}/{name}" for name in shards]
    assert files_of("DTD") == "resources/checkpoints/candidates/DTD.json"
    assert study.backbones.weights(Wildcards(backbone="vit_b_16")) == (
        "resources/backbones/vit_b_16/download.json"
    )


def test_mergers_that_look_at_data_are_given_their_statistics(study):
    study.config["mergers"]["fisher"] = {"method": "fisher"}
    wildcards = Wildcards(zoo="tiny", pair="count__greek", merger="fisher")
    statistics = [
        f"results/tiny/statistics/fisher/{task}.safetensors" for task in ("count", "greek")
    ]
    assert study.merging.merge_inputs(wildcards)["statistics"] == statistics
    assert study.merging.inputs(ONE_PAIR, TESTS)(wildcards)["statistics"] == statistics
    wildcards["merger"] = "ties"
    assert "statistics" not in study.merging.merge_inputs(wildcards)


def test_mergers_that_run_encoders_are_given_samples_that_are_not_test_images(study):
    study.config["mergers"]["mine"] = {"method": "adamerging"}
    wildcards = Wildcards(zoo="tiny", pair="count__greek", merger="mine")
    for given in (
        study.merging.merge_inputs(wildcards),
        study.merging.inputs(ONE_PAIR, TESTS)(wildcards),
    ):
        assert "statistics" not in given
        for name in ("calibration", "heads"):
            assert given[name] == [
                f"results/tiny/{name}/{task}.safetensors" for task in ("count", "greek")
            ]
    wildcards["merger"] = "ties"
    assert "calibration" not in study.merging.inputs(ONE_PAIR, TESTS)(wildcards)


@pytest.mark.parametrize(("kept", "drawn"), [("ridge", 0), ("partner_mean", 0), ("both", 2)])
def test_predictors_are_compared_where_there_are_baselines(kept, drawn, study):
    predictors = study.config["prediction"]["predictors"]
    for name in predictors.keys() - {n for n in ("partner_mean", "ridge") if kept in (n, "both")}:
        del predictors[name]
    study.config["analysis"]["predictors"] = []
    files = study.report.inputs(Wildcards(zoo="tiny"))
    assert len([file for file in files if "/comparison/" in file]) == drawn
