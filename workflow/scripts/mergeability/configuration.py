"""Check a configuration as a whole before anything runs: one line per problem, naming the key."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from mergeability.backbones.models import open_clip_models
from mergeability.building import parameters_of
from mergeability.datasets.catalog import BENCHMARKS, task_names
from mergeability.layout import COMPARISONS
from mergeability.measurements.layout import find_measurements
from mergeability.metrics.registry import FAMILIES
from mergeability.naming import check_task_name
from mergeability.prediction.registry import PREDICTORS, PROTOCOLS, TARGETS, resolve_parameters
from mergeability.signatures import merger_methods, merger_parameters

Config = Mapping[str, Any]

LEAST_TASKS = 4  # a LOTO fold of fewer tasks trains on fewer than three pairs


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
    return [
        *_zoo_problems(config),
        *_backbone_problems(config),
        *_merger_problems(config["mergers"]),
        *_prediction_problems(config["prediction"]),
        *_analysis_problems(config),
        *_unknown("metrics.families", config["metrics"]["families"], FAMILIES),
    ]


def _structural(error: Any) -> Iterator[str]:
    key = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "additionalProperties":
        allowed = error.schema.get("properties", {})
        for name in sorted(set(error.instance) - set(allowed)):
            yield f"{key}: unknown key {name!r}{_suggestion(name, allowed)}"
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


def _zoo_problems(config: Config) -> Iterator[str]:
    for name, zoo in config["zoos"].items():
        if name == COMPARISONS:
            yield f"zoos.{name}: this name is taken by results of comparisons; choose another"
        if "backbone" in zoo:
            known = config.get("backbones", {})
            yield from _unknown(f"zoos.{name}.backbone", [zoo["backbone"]], known)
        yield from _check_of(zoo)(f"zoos.{name}", zoo, config)


def _check_of(zoo: Config) -> Callable[[str, Config, Config], Iterator[str]]:
    if "measurements" in zoo:
        return _measured_zoo_problems
    return _imported_zoo_problems if "checkpoints" in zoo else _finetuned_zoo_problems


def _measured_zoo_problems(key: str, zoo: Config, config: Config) -> Iterator[str]:
    try:
        find_measurements(zoo["measurements"], tuple(sorted(config["mergers"])))
    except ValueError as error:
        if not zoo["measurements"].get("optional"):
            yield f"{key}.measurements: {error}"


def _finetuned_zoo_problems(key: str, zoo: Config, config: Config) -> Iterator[str]:
    recipe = zoo["finetuning"]
    by_task = recipe.get("samples_seen_by_task", {})
    tasks = BENCHMARKS.get(str(zoo["tasks"]), zoo["tasks"])
    named = {f"{key}.tasks": tasks, f"{key}.finetuning.samples_seen_by_task": by_task}
    yield from _dataset_problems(key, zoo, config, named)


def _imported_zoo_problems(key: str, zoo: Config, config: Config) -> Iterator[str]:
    for task, source in zoo["checkpoints"].items():
        yield from _source_problems(f"{key}.checkpoints.{task}", source)
    if "dataset" in zoo:
        yield from _dataset_problems(key, zoo, config, {f"{key}.checkpoints": zoo["checkpoints"]})
        if len(zoo["checkpoints"]) < LEAST_TASKS:
            yield f"{key}.checkpoints: predicting needs at least {LEAST_TASKS} checkpoints"
        return
    yield from _task_problems(f"{key}.checkpoints", zoo["checkpoints"], zoo["checkpoints"])
    for family in config["metrics"]["families"]:
        if family in FAMILIES and FAMILIES[family].needs_data:
            yield (
                f"metrics.families: {family!r} needs images, which {key} does not have; leave it "
                "out, or give the zoo a dataset"
            )


def _dataset_problems(
    key: str, zoo: Config, config: Config, named: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    datasets = config.get("datasets", {})
    yield from _unknown(f"{key}.dataset", [zoo["dataset"]], datasets)
    if zoo["dataset"] not in datasets:
        return
    try:
        known = task_names(datasets[zoo["dataset"]])
    except ValueError as error:
        yield f"datasets.{zoo['dataset']}: {error}"
        return
    if zoo["calibration"]["tasks"] != "all":
        named = {**named, f"{key}.calibration.tasks": zoo["calibration"]["tasks"]}
    for place, tasks in named.items():
        yield from _task_problems(place, tasks, known)


def _backbone_problems(config: Config) -> Iterator[str]:
    for name, backbone in config.get("backbones", {}).items():
        if backbone["source"] == "open_clip":
            key = f"backbones.{name}"
            yield from _unknown(f"{key}.model", [backbone["model"]], open_clip_models())
            yield from _source_problems(f"{key}.weights", backbone["weights"])


def _source_problems(key: str, source: Config) -> Iterator[str]:
    if ("path" in source) == ("hub" in source):
        yield f"{key}: name either a local file (path) or a repository on a hub (hub and file)"
    elif "hub" in source and "file" not in source:
        yield f"{key}.file: which file of the repository {source['hub']}?"
    elif "path" in source and (extra := {"file", "revision"} & source.keys()):
        yield f"{key}: {', '.join(sorted(extra))} goes with hub, not with path"
    elif "path" in source and not Path(source["path"]).is_file():
        yield f"{key}.path: there is no file {source['path']}"


def _task_problems(key: str, tasks: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    for task in tasks:
        try:
            check_task_name(task)
        except ValueError as error:
            yield f"{key}: {error}"
        else:
            yield from _unknown(key, [task], known)


def _merger_problems(mergers: Config) -> Iterator[str]:
    for name, entry in mergers.items():
        unknown = list(_unknown(f"mergers.{name}.method", [entry["method"]], merger_methods()))
        yield from unknown
        if not unknown:
            parameters = merger_parameters(entry["method"])
            given = parameters_of(entry)
            yield from _unknown(f"mergers.{name}", given, parameters)
            for key in given.keys() & parameters.keys():
                if problem := parameters[key].problem(given[key]):
                    yield f"mergers.{name}.{key}: {given[key]!r} is not allowed; {problem}"


def _prediction_problems(prediction: Config) -> Iterator[str]:
    yield from _unknown("prediction.targets", prediction["targets"], TARGETS)
    yield from _unknown("prediction.protocols", prediction["protocols"], PROTOCOLS)
    if "loto" not in prediction["protocols"]:
        yield "prediction.protocols: 'loto' is needed; coefficients and ablations rest on it"
    for name, entry in prediction["predictors"].items():
        key = f"prediction.predictors.{name}"
        unknown = list(_unknown(f"{key}.method", [entry["method"]], PREDICTORS))
        yield from unknown
        if not unknown:
            try:
                resolve_parameters(entry["method"], parameters_of(entry))
            except ValueError as error:
                yield f"{key}: {error}"


def _analysis_problems(config: Config) -> Iterator[str]:
    predictors = config["prediction"]["predictors"]
    with_metrics = [
        name
        for name, entry in predictors.items()
        if entry["method"] in PREDICTORS and PREDICTORS[entry["method"]].uses_metrics
    ]
    yield from _unknown("analysis.predictors", config["analysis"]["predictors"], with_metrics)
    for name, entry in config.get("comparisons", {}).items():
        key = f"comparisons.{name}"
        yield from _unknown(f"{key}.baseline", [entry["baseline"]], config["zoos"])
        yield from _unknown(f"{key}.zoos", entry["zoos"], config["zoos"])


def _unknown(key: str, names: Iterable[Any], allowed: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name not in set(allowed):
            yield f"{key}: unknown {name!r}{_suggestion(name, allowed)}"


def _suggestion(name: Any, allowed: Iterable[str]) -> str:
    listed = sorted(allowed)
    close = get_close_matches(str(name), listed, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"{hint}; allowed: {', '.join(listed) if listed else 'none'}"
