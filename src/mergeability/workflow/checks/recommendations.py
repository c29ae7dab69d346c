"""Check the recommendations of a configuration that has passed the schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.datasets.catalog import task_names
from mergeability.metrics.registry import FAMILIES
from mergeability.prediction.registry import PREDICTORS
from mergeability.suggestions import unknown
from mergeability.workflow.checks.zoos import source_problems, task_problems
from mergeability.workflow.prediction import families_of

Config = Mapping[str, Any]


def recommendation_problems(config: Config) -> Iterator[str]:
    """Names that do not exist or do not fit together, one line each."""
    for name, entry in config.get("recommendations", {}).items():
        key = f"recommendations.{name}"
        for candidate, source in entry["candidates"].items():
            yield from source_problems(f"{key}.candidates.{candidate}", source)
        yield from _predictor_problems(f"{key}.predictor", entry["predictor"], config)
        zoos = config["zoos"]
        yield from unknown(f"{key}.learn_from", [entry["learn_from"]], zoos)
        if entry["learn_from"] in zoos:
            yield from _zoo_problems(key, entry, config)


def _zoo_problems(key: str, entry: Config, config: Config) -> Iterator[str]:
    zoo = config["zoos"][entry["learn_from"]]
    if "dataset" not in zoo:
        yield (
            f"{key}.learn_from: merges of zoo {entry['learn_from']} are not evaluated here; name a "
            "zoo with a backbone and a dataset"
        )
        return
    candidates = entry["candidates"]
    known = candidates
    if entry["data"] and zoo["dataset"] in config.get("datasets", {}):
        try:
            known = task_names(config["datasets"][zoo["dataset"]])
        except ValueError:
            return  # of the dataset, and reported there
    yield from task_problems(f"{key}.candidates", candidates, known)
    predictor = config["prediction"]["predictors"].get(entry["predictor"], {})
    if predictor.get("method") not in PREDICTORS or entry["data"]:
        return
    families = families_of(predictor, config["metrics"]["families"])
    if all(FAMILIES[name].needs_data for name in families if name in FAMILIES):
        yield (
            f"{key}.data: predictor {entry['predictor']!r} looks at {', '.join(families)}, which "
            "need images; set data to true, or name a predictor that looks at weights"
        )


def _predictor_problems(key: str, predictor: str, config: Config) -> Iterator[str]:
    fitting = [
        name
        for name, entry in config["prediction"]["predictors"].items()
        if (method := PREDICTORS.get(entry["method"]))
        and method.uses_metrics
        and method.in_target_units
    ]
    yield from unknown(key, [predictor], fitting)
