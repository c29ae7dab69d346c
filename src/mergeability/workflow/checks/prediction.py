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
    named = prediction.get("budget", {}).get("predictors", [])
    yield from unknown("prediction.budget.predictors", named, prediction["predictors"])


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


def entry_problems(key: str, entry: Config, configured: Sequence[str]) -> Iterator[str]:
    """What is wrong with the entry at `key` of the config, which fits the schema; one line each."""
    given = given_parameters(entry)
    problems = list(PREDICTOR_METHODS.problems(key, entry["method"], given))
    yield from problems
    if not problems and (wrong := PREDICTOR_METHODS.conflict(entry["method"], given)):
        yield f"{key}: {wrong}"
    if entry["method"] in PREDICTORS:
        yield from _family_problems(key, entry, configured)
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
