"""Check a config as a whole before anything runs: one line per problem, naming the key."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.metrics.registry import FAMILIES, metric_names
from mergeability.plugins import PluginError
from mergeability.suggestions import unknown
from mergeability.workflow.checks.in_place import in_place_problems
from mergeability.workflow.checks.mergers import merger_problems
from mergeability.workflow.checks.names import name_problems
from mergeability.workflow.checks.prediction import analysis_problems, prediction_problems
from mergeability.workflow.checks.recommendations import recommendation_problems
from mergeability.workflow.checks.sets import set_problems
from mergeability.workflow.checks.structure import structural_problems
from mergeability.workflow.checks.zoos import backbone_problems, zoo_problems

Config = Mapping[str, Any]


def config_problems(config: Config) -> list[str]:
    """All problems of `config`, each one line that names the key and what is allowed there.

    Structure first: only a config of the right shape is checked for names that do not exist.
    """
    if problems := structural_problems(config):
        return problems
    try:
        problems = [
            *name_problems(config),
            *zoo_problems(config),
            *backbone_problems(config),
            *in_place_problems(config),
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
