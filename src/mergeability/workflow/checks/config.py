"""Check a configuration as a whole before anything runs: one line per problem, naming the key."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from mergeability.metrics.registry import FAMILIES
from mergeability.plugins import MERGERS
from mergeability.prediction.registry import PREDICTORS, PROTOCOLS, TARGETS
from mergeability.suggestions import suggestion, unknown
from mergeability.tuning.parameters import fixed_parameters
from mergeability.workflow.building import parameters_of
from mergeability.workflow.checks.recommendations import recommendation_problems
from mergeability.workflow.checks.zoos import backbone_problems, zoo_problems
from mergeability.workflow.predictor_entries import entry_problems, paper_predictor
from mergeability.workflow.sets import set_problems
from mergeability.workflow.tuning import tuning_problems

Config = Mapping[str, Any]


def config_problems(config: Config, schema_path: str | Path) -> list[str]:
    """All problems of `config`, each one line that names the key and what is allowed there.

    Structure first: only a config of the right shape is checked for names that do not exist.
    """
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda e: str(e.json_path)
    )
    if errors:
        return [problem for error in errors for problem in _structural(error)]
    problems = [
        *zoo_problems(config),
        *backbone_problems(config),
        *_merger_problems(config["mergers"]),
        *tuning_problems(config),
        *_prediction_problems(config["prediction"], config["metrics"]["families"]),
        *_analysis_problems(config),
        *recommendation_problems(config),
        *unknown("metrics.families", config["metrics"]["families"], FAMILIES),
    ]
    return problems or list(set_problems(config))


def _structural(error: Any) -> Iterator[str]:
    key = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "additionalProperties":
        allowed = error.schema.get("properties", {})
        for name in sorted(set(error.instance) - set(allowed)):
            yield f"{key}: unknown key {name!r}{suggestion(name, allowed)}"
    elif error.validator == "anyOf":
        allowed = " or ".join(str(s.get("const", s.get("type"))) for s in error.validator_value)
        yield f"{key}: {error.instance!r} is not allowed; allowed: {allowed}"
    elif error.validator == "pattern":
        yield (
            f"{key}: name {error.instance!r} is not allowed; use letters, digits, '.', '-' and "
            "single '_' between them"
        )
    else:
        yield f"{key}: {error.message}"


def _merger_problems(mergers: Config) -> Iterator[str]:
    for name, entry in mergers.items():
        given = fixed_parameters(parameters_of(entry))
        yield from MERGERS.problems(f"mergers.{name}", entry["method"], given)


def _prediction_problems(prediction: Config, families: list[str]) -> Iterator[str]:
    yield from unknown("prediction.targets", prediction["targets"], TARGETS)
    yield from unknown("prediction.protocols", prediction["protocols"], PROTOCOLS)
    if "loto" not in prediction["protocols"]:
        yield "prediction.protocols: 'loto' is needed; coefficients and ablations rest on it"
    for name, entry in prediction["predictors"].items():
        yield from entry_problems(f"prediction.predictors.{name}", entry, families)


def _analysis_problems(config: Config) -> Iterator[str]:
    predictors, families = config["prediction"]["predictors"], config["metrics"]["families"]
    with_metrics = [
        name
        for name, entry in predictors.items()
        if entry["method"] in PREDICTORS and PREDICTORS[entry["method"]].uses_metrics
    ]
    yield from unknown("analysis.predictors", config["analysis"]["predictors"], with_metrics)
    for name in config["analysis"]["predictors"]:
        if name in with_metrics and not paper_predictor(predictors[name], families):
            yield (
                f"analysis.predictors: {name!r} learns from other families than the paper's, which "
                "analyses look at; leave it out here, or its families"
            )
    for name, entry in config.get("comparisons", {}).items():
        key = f"comparisons.{name}"
        yield from unknown(f"{key}.baseline", [entry["baseline"]], config["zoos"])
        yield from unknown(f"{key}.zoos", entry["zoos"], config["zoos"])
        yield from unknown(f"{key}.set_aside", entry.get("set_aside", []), config["zoos"])
        for zoo in sorted({entry["baseline"], *entry["zoos"]} & set(entry.get("set_aside", []))):
            yield f"{key}.set_aside: {zoo!r} is averaged too; name it here, or as baseline or zoo"
