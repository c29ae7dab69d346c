"""Every mistake in a config is one line that names the key and what is allowed."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from mergeability.plugins import MERGERS
from mergeability.workflow.checks import config_problems

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())


def problems_after(change):
    config = deepcopy(DEFAULT)
    change(config)
    return config_problems(config)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.name)
def test_shipped_configs_are_valid(path):
    assert config_problems(yaml.safe_load(path.read_text())) == []


CASES = {
    "unknown merger": (
        lambda c: c["mergers"].update(mine={"method": "tiess"}),
        "mergers.mine.method: unknown 'tiess' (did you mean 'ties'?); allowed: adamerging, ",
    ),
    "unknown merger parameter": (
        lambda c: c["mergers"]["ties"].update(kep=0.1),
        "mergers.ties: unknown 'kep' (did you mean 'keep'?); allowed: keep, layer_scaling, ",
    ),
    "merger parameter out of range": (
        lambda c: c["mergers"]["ties"].update(keep=1.5),
        "mergers.ties.keep: 1.5 is not allowed; expected a number between 0 and 1",
    ),
    "merger parameter not among choices": (
        lambda c: c["mergers"]["ties"].update(scope="layer"),
        "mergers.ties.scope: 'layer' is not allowed; allowed: 'tensor', 'global'",
    ),
    "merger parameter of wrong type": (
        lambda c: c["mergers"]["tsv"].update(scale="big"),
        "mergers.tsv.scale: 'big' is not allowed; expected a number",
    ),
    "unknown predictor": (
        lambda c: c["prediction"]["predictors"].update(x={"method": "rigde"}),
        "prediction.predictors.x.method: unknown 'rigde' (did you mean 'ridge'?); allowed: ",
    ),
    "unknown predictor parameter": (
        lambda c: c["prediction"]["predictors"]["pearson_l1"].update(lamda=1),
        "prediction.predictors.pearson_l1: ",
    ),
    "family that is not configured": (
        lambda c: (
            c["metrics"]["families"].remove("gradient"),
            c["prediction"]["predictors"].update(
                rich={"method": "ridge", "families": ["gradient"]}
            ),
        ),
        "prediction.predictors.rich.families: 'gradient' is not in metrics.families; add it there",
    ),
    "predictor parameter that cannot work": (
        lambda c: c["prediction"]["predictors"].update(x={"method": "mlp", "dropout": 1}),
        "prediction.predictors.x: dropout must be below 1, got 1",
    ),
    "predictor parameter that overflows": (
        lambda c: c["prediction"]["predictors"].update(x={"method": "ridge", "alphas": [1, 1e300]}),
        "prediction.predictors.x.alphas: 1e+300 is not allowed; at most 1,000,000,000,000",
    ),
    "no family": (
        lambda c: c["prediction"]["predictors"]["ridge"].update(families=[]),
        "prediction.predictors.ridge.families: [] ",
    ),
    "one family that is no list": (
        lambda c: c["prediction"]["predictors"]["ridge"].update(families="subspace"),
        "prediction.predictors.ridge.families: 'subspace' is not of type 'array'",
    ),
    "analysed predictor with other families": (
        lambda c: (
            c["prediction"]["predictors"].update(
                rich={"method": "ridge", "families": ["gradient"]}
            ),
            c["analysis"]["predictors"].append("rich"),
        ),
        "analysis.predictors: 'rich' learns from more or less than the paper's families of one zoo",
    ),
    "analysed reference": (
        lambda c: (
            c["prediction"]["predictors"].update(probed={"method": "probe_merge"}),
            c["analysis"]["predictors"].append("probed"),
        ),
        "analysis.predictors: unknown 'probed'",
    ),
    "metric of no configured family": (
        lambda c: c["prediction"]["predictors"].update(
            one={"method": "metric", "metric": "stable_rnk"}
        ),
        "prediction.predictors.one.metric: unknown 'stable_rnk' (did you mean 'stable_rank'?)",
    ),
    "zoo averaged and set aside": (
        lambda c: c.update(
            comparisons={"x": {"baseline": "tiny", "zoos": ["tiny"], "set_aside": ["tiny"]}}
        ),
        "comparisons.x.set_aside: 'tiny' is averaged too; name it here, or as baseline or zoo",
    ),
    "unknown zoo set aside": (
        lambda c: c.update(
            comparisons={"x": {"baseline": "tiny", "zoos": ["tiny"], "set_aside": ["tny"]}}
        ),
        "comparisons.x.set_aside: unknown 'tny' (did you mean 'tiny'?); allowed: tiny",
    ),
    "unknown family": (
        lambda c: c["metrics"]["families"].append("subspaces"),
        "metrics.families: unknown 'subspaces' (did you mean 'subspace'?); allowed: activation, ",
    ),
    "families that probe, and no probes": (
        lambda c: c["zoos"]["tiny"]["calibration"].pop("probe_samples"),
        "zoos.tiny.calibration: family single_model, family interference, family cross_output, ",
    ),
    "unknown task": (
        lambda c: c["zoos"]["tiny"]["tasks"].append("greeks"),
        "zoos.tiny.tasks: unknown 'greeks' (did you mean 'greek'?); allowed: armenian, arrows",
    ),
    "task with a slash": (
        lambda c: c["zoos"]["tiny"]["tasks"].append("a/b"),
        "zoos.tiny.tasks: task name 'a/b': use letters, digits",
    ),
    "task with the separator": (
        lambda c: c["zoos"]["tiny"]["tasks"].append("a__b"),
        "zoos.tiny.tasks: task name 'a__b': use letters, digits",
    ),
    "repeated task": (
        lambda c: c["zoos"]["tiny"]["tasks"].append("greek"),
        "zoos.tiny.tasks: ",
    ),
    "misspelt key": (
        lambda c: c.update(mergrs={}),
        "top level: unknown key 'mergrs' (did you mean 'mergers'?); allowed: analysis, backbones",
    ),
    "misspelt nested key": (
        lambda c: c["zoos"]["tiny"]["finetuning"].update(learning_rte=1),
        "zoos.tiny.finetuning: unknown key 'learning_rte' (did you mean 'learning_rate'?)",
    ),
    "missing key": (
        lambda c: c["evaluation"].pop("batch_size"),
        "evaluation: 'batch_size' is a required property",
    ),
    "negative calibration size": (
        lambda c: c["zoos"]["tiny"]["calibration"].update(samples=-10),
        "zoos.tiny.calibration.samples: -10 is less than the minimum of 1",
    ),
    "calibration tasks of wrong type": (
        lambda c: c["zoos"]["tiny"]["calibration"].update(tasks="some"),
        "zoos.tiny.calibration.tasks: 'some' is not allowed; allowed: all or array",
    ),
    "unknown calibration task": (
        lambda c: c["zoos"]["tiny"]["calibration"].update(tasks=["latin"]),
        "zoos.tiny.calibration.tasks: unknown 'latin'",
    ),
    "unknown backbone": (
        lambda c: c["zoos"]["tiny"].update(backbone="tiny"),
        "zoos.tiny.backbone: unknown 'tiny' (did you mean 'tiny_clip'?); allowed: tiny_clip",
    ),
    "unknown dataset": (
        lambda c: c["zoos"]["tiny"].update(dataset="tny"),
        "zoos.tiny.dataset: unknown 'tny' (did you mean 'tiny'?); allowed: tiny",
    ),
    "unknown target": (
        lambda c: c["prediction"].update(targets=["loss"]),
        "prediction.targets: unknown 'loss'",
    ),
    "bad name of an entry": (
        lambda c: c["mergers"].update({"a/b": {"method": "ties"}}),
        "mergers: name 'a/b' is not allowed; use letters, digits",
    ),
    "too few tasks": (
        lambda c: c["zoos"]["tiny"].update(tasks=["greek", "count"]),
        "zoos.tiny.tasks: ",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_mistakes_are_named(name):
    change, expected = CASES[name]
    problems = problems_after(change)
    assert len(problems) == 1, problems
    assert problems[0].startswith(expected)
    assert "\n" not in problems[0]


def test_all_problems_are_listed_at_once():
    def change(config):
        config["mergers"]["x"] = {"method": "no"}
        config["metrics"]["families"].append("nor")

    assert len(problems_after(change)) == 2


def test_parameters_are_read_from_the_source_of_mergers():
    assert {"weight_average", "task_arithmetic", "tsv", "ties", "dare"} <= set(MERGERS.names())
    assert MERGERS.parameters("weight_average") == {}
    assert {k: p.default for k, p in MERGERS.parameters("ties").items()} == {
        "keep": 0.2,
        "scale": 0.3,
        "scope": "tensor",
    }
    assert "seed" not in MERGERS.parameters("dare")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "mergers: {1: {method: ties}}",
            "mergers: the name 1 is no text (YAML reads it as a number",
        ),
        (
            "mergers: {1_0: {method: ties}}",
            "mergers: the name 10 is no text (YAML reads it as a nu",
        ),
        (
            "mergers: {1.5: {method: ties}}",
            "mergers: the name 1.5 is no text (YAML reads it as a n",
        ),
        (
            "mergers: {no: {method: ties}}",
            "mergers: the name False is no text (YAML reads it as a t",
        ),
        (
            "mergers: {2024-01-05: {method: ties}}",
            "mergers: the name 2024-01-05 is no text (YAML",
        ),
        ("mergers: {null: {method: ties}}", "mergers: the name None is no text"),
        ("zoos: {tiny: {tasks: [greek, 1, clock, faces]}}", "zoos.tiny.tasks.1: 1 is not of type "),
        ("zoos: {tiny: {backbone: on}}", "zoos.tiny.backbone: True is not of type 'string' (YAML"),
        (
            "zoos: {tiny: {finetuning: {learning_rate: 5e-4}}}",
            "zoos.tiny.finetuning.learning_rate: ",
        ),
        (
            "mergers: {ties: {method: ties, scale: 3e-1}}",
            "mergers.ties.scale: '3e-1' is not allowed",
        ),
        (
            "zoos: {tiny: {finetuning: {weight_decay: .nan}}}",
            "zoos.tiny.finetuning.weight_decay: nan",
        ),
    ],
)
def test_what_yaml_reads_as_something_else_is_one_line(text, expected):
    def put(config, given):
        for key, value in given.items():
            if isinstance(value, dict) and key in config:
                put(config[key], value)
            else:
                config[key] = value

    (problem,) = problems_after(lambda config: put(config, yaml.safe_load(text)))
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    ("given", "meant"),
    [("5e-4", "5.0e-4"), ("1E5", "1.0e+5"), ("-2.5e3", "-2.5e+3"), ("0.5", "0.5")],
)
def test_numbers_that_yaml_reads_as_text_are_given_as_it_wants_them(given, meant):
    (problem,) = problems_after(lambda c: c["zoos"]["tiny"]["finetuning"].update(clip_norm=given))
    assert problem.endswith(f"(this is text; in a YAML file, write {meant} without quotes)")
    assert yaml.safe_load(meant) == float(given)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("mergers", "single"),
        ("zoos", "comparisons"),
        ("predictors", "summary.parquet"),
        ("predictors", "set_features"),
    ],
)
def test_names_of_our_own_files_are_refused(place, name):
    def change(config):
        entries = config["prediction"] if place == "predictors" else config
        entries[place][name] = next(iter(entries[place].values()))

    (problem,) = problems_after(change)
    assert problem.endswith(f"{place}.{name}: the workflow uses this name itself; choose another")
