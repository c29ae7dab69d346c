"""Check a config as a whole before anything runs: one line per problem, naming the key."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from mergeability.metrics.registry import FAMILIES, metric_names
from mergeability.plugins import PluginError
from mergeability.suggestions import suggestion, unknown
from mergeability.workflow.checks.mergers import merger_problems
from mergeability.workflow.checks.prediction import analysis_problems, prediction_problems
from mergeability.workflow.checks.recommendations import recommendation_problems
from mergeability.workflow.checks.sets import set_problems
from mergeability.workflow.checks.zoos import backbone_problems, zoo_problems

Config = Mapping[str, Any]


SCHEMA = Path(__file__).parents[1] / "config.schema.yaml"


def config_problems(config: Config) -> list[str]:
    """All problems of `config`, each one line that names the key and what is allowed there.

    Structure first: only a config of the right shape is checked for names that do not exist.
    """
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda e: str(e.json_path)
    )
    if errors:
        return [problem for error in errors for problem in _structural(error)]
    try:
        problems = [
            *zoo_problems(config),
            *backbone_problems(config),
            *merger_problems(config),
            *prediction_problems(config),
            *analysis_problems(config),
            *recommendation_problems(config),
            *_family_problems(config["metrics"]["families"]),
        ]
        return problems or list(set_problems(config))
    except PluginError as error:
        return [str(error)]


def _family_problems(families: list[str]) -> Iterator[str]:
    yield from unknown("metrics.families", families, FAMILIES)
    for name, count in Counter(metric_names(families)).items():
        if count > 1:
            yield f"metrics.families: several give a metric {name!r}; rename one of the functions"


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
