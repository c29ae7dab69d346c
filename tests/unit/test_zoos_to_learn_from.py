"""Which zoos a predictor learns from, and which metrics measured zoos know."""

from pathlib import Path

import pytest
import yaml

from mergeability.workflow.checks import config_problems
from mergeability.workflow.study import Study

PROXIES = (Path(__file__).parents[2] / "config/proxies.yaml").read_text()
BOTH = "both_backbones_and_zero_shot"


class Wildcards(dict):
    """As Snakemake hands them over: names as attributes and as items."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def config(shared_dir):
    return yaml.safe_load(PROXIES.replace("../shared", str(shared_dir)))


def test_a_predictor_learns_from_the_other_zoos_that_know_its_metrics(config):
    everywhere = list(config["zoos"])
    config["prediction"]["predictors"]["both_backbones"]["learn_from"] = everywhere
    config["prediction"]["predictors"]["ratio"] = {
        "method": "ridge", "families": ["task_vector"], "also": ["zero_shot_ratio_sum"],
        "learn_from": ["measured_b_32", "measured_b_16_drift"],
    }  # fmt: skip
    assert config_problems(config) == []
    study = Study(config)
    assert study.prediction.others_of(BOTH, "measured_b_16") == ["measured_b_32"]
    assert study.prediction.others_of(BOTH, "measured_b_32") == ["measured_b_16"]
    # The other recipes have merges alone.
    assert study.prediction.others_of("both_backbones", "measured_b_16") == ["measured_b_32"]
    assert study.prediction.others_of("ratio", "measured_b_16") == ["measured_b_32"]
    wildcards = Wildcards(predictor=BOTH, merger="tsv")
    tables = study.prediction.other_tables(wildcards, zoo="measured_b_16")
    assert tables == ["results/measured_b_32/pairs/tsv.parquet"]


def test_zoos_do_without_predictors_that_need_what_they_lack(config):
    of_zoo = Study(config).prediction.predictors_of
    assert {BOTH, "zero_shot_ratio", "metrics_and_zero_shot"} <= set(of_zoo("measured_b_16"))
    assert not {BOTH, "zero_shot_ratio", "metrics"} & set(of_zoo("measured_b_16_drift"))
    del config["zoos"]["measured_b_16"]["measurements"]["zero_shot"]
    of_zoo = Study(config).prediction.predictors_of
    assert "metrics" in of_zoo("measured_b_16")
    assert not {BOTH, "zero_shot_ratio", "metrics_and_zero_shot"} & set(of_zoo("measured_b_16"))
    assert BOTH not in of_zoo("measured_b_32"), "no other zoo knows its metrics"
    assert "zero_shot_ratio" in of_zoo("measured_b_32")


def test_zero_shot_accuracies_are_an_input_where_they_are_given(config):
    study = Study(config)
    inputs = [
        study.prediction.measured_files(Wildcards(zoo=zoo, merger="tsv"))
        for zoo in ("measured_b_16", "measured_b_16_drift")
    ]
    assert inputs[0]["zero_shot"].endswith("zero_shot.csv")
    assert "zero_shot" not in inputs[1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda c: c["prediction"]["budget"]["predictors"].append(BOTH),
            f"prediction.budget.predictors: {BOTH!r} learns from several zoos",
        ),
        (
            lambda c: c["prediction"]["predictors"][BOTH].update(learn_from=["measured_b_31"]),
            f"prediction.predictors.{BOTH}.learn_from: unknown 'measured_b_31'",
        ),
        (
            lambda c: c["zoos"]["measured_b_16"]["measurements"]["zero_shot"].update(path="no.csv"),
            "zoos.measured_b_16.measurements: there is no file no.csv",
        ),
    ],
)
def test_mistakes_are_one_line(config, change, expected):
    change(config)
    (problem,) = config_problems(config)
    assert problem.startswith(expected)
    assert "\n" not in problem


def test_measurements_may_be_plain_tables(config, tmp_path):
    (tmp_path / "pairs.csv").write_text(
        "task_a,task_b,merger,accuracy_a,accuracy_b\n"
        + "".join(f"a,b,{merger},0.5,0.5\n" for merger in config["mergers"])
    )
    (tmp_path / "singles.csv").write_text("task,accuracy\na,0.5\nb,0.5\n")
    tables = {name: str(tmp_path / f"{name}.csv") for name in ("pairs", "singles")}
    config["zoos"]["tables"] = {"measurements": tables}
    assert config_problems(config) == []
