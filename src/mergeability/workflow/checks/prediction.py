"""Check the predictors and analyses of a config that fits the schema."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES, metric_names
from mergeability.prediction.registry import (
    PREDICTOR_METHODS,
    PREDICTORS,
    PROTOCOLS,
    PROXY,
    TARGETS,
)
from mergeability.suggestions import suggestion, unknown
from mergeability.workflow.prediction import given_parameters, paper_predictor

Config = Mapping[str, Any]


def prediction_problems(config: Config) -> Iterator[str]:
    """Names that do not exist or do not fit together, one line each."""
    prediction, families = config["prediction"], config["metrics"]["families"]
    yield from unknown("prediction.targets", prediction["targets"], TARGETS)
    yield from unknown("prediction.protocols", prediction["protocols"], PROTOCOLS)
    if "loto" not in prediction["protocols"]:
        yield "prediction.protocols: 'loto' is needed; coefficients and ablations rest on it"
    for name, entry in prediction["predictors"].items():
        key = f"prediction.predictors.{name}"
        yield from entry_problems(key, entry, families)
        yield from unknown(f"{key}.proxies", entry.get("proxies", []), config["zoos"])
        yield from unknown(f"{key}.learn_from", entry.get("learn_from", []), config["zoos"])
    named = prediction.get("budget", {}).get("predictors", [])
    yield from unknown("prediction.budget.predictors", named, prediction["predictors"])
    yield from _elsewhere_problems(config)


def _elsewhere_problems(config: Config) -> Iterator[str]:
    """Predictors that learn from several zoos where one zoo is learned from."""
    used = {
        "prediction.budget.predictors": config["prediction"]
        .get("budget", {})
        .get("predictors", []),
        "sets.predictors": config.get("sets", {}).get("predictors", []),
    }
    for name, entry in config.get("recommendations", {}).items():
        if "predictor" in entry:
            used[f"recommendations.{name}.predictor"] = [entry["predictor"]]
    for key, names in used.items():
        for name in names:
            if "learn_from" in config["prediction"]["predictors"].get(name, {}):
                yield f"{key}: {name!r} learns from several zoos; name one that learns from its own"


def analysis_problems(config: Config) -> Iterator[str]:
    """What is wrong with the analyses and the comparisons of zoos."""
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
                f"analysis.predictors: {name!r} learns from more or less than the paper's families "
                "of one zoo, which analyses look at; leave it out here"
            )
    for name, entry in config.get("comparisons", {}).items():
        key = f"comparisons.{name}"
        yield from unknown(f"{key}.baseline", [entry["baseline"]], config["zoos"])
        yield from unknown(f"{key}.zoos", entry["zoos"], config["zoos"])
        yield from unknown(f"{key}.set_aside", entry.get("set_aside", []), config["zoos"])
        for zoo in sorted({entry["baseline"], *entry["zoos"]} & set(entry.get("set_aside", []))):
            yield f"{key}.set_aside: {zoo!r} is averaged too; name it here, or as baseline or zoo"


def entry_problems(key: str, entry: Config, configured: Sequence[str]) -> Iterator[str]:
    """What is wrong with the entry at `key` of the config, which fits the schema; one line each."""
    given = given_parameters(entry)
    problems = list(PREDICTOR_METHODS.problems(key, entry["method"], given))
    yield from problems
    if not problems and (wrong := PREDICTOR_METHODS.conflict(entry["method"], given)):
        yield f"{key}: {wrong}"
    if entry["method"] in PREDICTORS:
        yield from _family_problems(key, entry, configured)
        yield from _several_problems(key, entry, configured)
        yield from _metric_problems(key, entry, configured)


def _family_problems(key: str, entry: Config, configured: Sequence[str]) -> Iterator[str]:
    if not PREDICTORS[entry["method"]].takes_families:
        if "families" in entry:
            yield f"{key}.families: {entry['method']!r} learns from no metric; leave them out"
        return
    families = entry.get("families")
    if families is None:
        if PREDICTORS[entry["method"]].uses_metrics and set(configured) <= FAMILIES.keys() - set(
            PAPER_FAMILIES
        ):
            yield (
                f"{key}.families: the default are families of the paper, of which metrics.families "
                f"has none; name some{suggestion('', configured)}"
            )
    else:
        yield from unknown(f"{key}.families", families, FAMILIES)
        for family in families:
            if family in FAMILIES and family not in configured:
                yield (
                    f"{key}.families: {family!r} is not in metrics.families; add it there, or "
                    f"leave it out here{suggestion(family, configured)}"
                )


def _several_problems(key: str, entry: Config, configured: Sequence[str]) -> Iterator[str]:
    """What is wrong with metrics named beside families, and with other zoos to learn from."""
    method = PREDICTORS[entry["method"]]
    if not method.takes_families and "also" in entry:
        yield f"{key}.also: {entry['method']!r} learns from no metric; leave it out"
    yield from unknown(f"{key}.also", entry.get("also", []), metric_names(list(configured)))
    if "learn_from" in entry and not (method.uses_metrics and method.in_target_units):
        yield (
            f"{key}.learn_from: {entry['method']!r} cannot learn from several zoos; name a method "
            "that learns from metrics, in units of the target, 'ridge' for instance"
        )


def _metric_problems(key: str, entry: Config, configured: Sequence[str]) -> Iterator[str]:
    method = PREDICTORS[entry["method"]]
    known = [*metric_names(list(configured)), PROXY]
    if not method.one_column or method.merges:
        if "metric" in entry:
            yield f"{key}.metric: {entry['method']!r} is no single metric; leave it out"
    elif "metric" not in entry:
        yield f"{key}.metric: which metric is the score?{suggestion('', known)}"
    else:
        yield from unknown(f"{key}.metric", [entry["metric"]], known)
