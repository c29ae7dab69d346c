"""Check the recommendations of a configuration that has passed the schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.datasets.catalog import task_names
from mergeability.measurements.folder import find_measurements
from mergeability.measurements.tables import mergers_and_tasks, read_measured_table
from mergeability.metrics.registry import FAMILIES
from mergeability.prediction.registry import PREDICTORS
from mergeability.suggestions import unknown
from mergeability.workflow.checks.zoos import (
    brace_problems,
    place_problems,
    source_problems,
    task_problems,
)
from mergeability.workflow.prediction import families_of
from mergeability.workflow.zoo import Zoo, is_in_place, read_zoos

Config = Mapping[str, Any]

_BESIDE_A_ZOO = ("predictor", "data")


def recommendation_problems(config: Config) -> Iterator[str]:
    """Names that do not exist or do not fit together, one line each."""
    for name, entry in config.get("recommendations", {}).items():
        key = f"recommendations.{name}"
        in_place = is_in_place(config["zoos"].get(entry.get("learn_from"), {}), config)
        problems = place_problems if in_place else source_problems
        for candidate, source in entry["candidates"].items():
            file = {part: value for part, value in source.items() if part != "task"}
            yield from problems(f"{key}.candidates.{candidate}", file)
        if "learn_from" in entry:
            yield from _learning_problems(key, entry, config)
        else:
            yield from task_problems(f"{key}.candidates", entry["candidates"], entry["candidates"])
            if "proxies" not in entry:
                yield (
                    f"{key}: what to go by? name `learn_from`, a zoo of the candidates' backbone, "
                    "or `proxies`, zoos that merged their tasks"
                )
            for given in sorted(entry.keys() & _BESIDE_A_ZOO):
                yield f"{key}.{given}: goes with learn_from; name a zoo there, or leave it out"
        yield from _proxy_problems(key, entry, config)
        if "measured" in entry:
            yield from _measured_problems(f"{key}.measured", entry, config)


def _learning_problems(key: str, entry: Config, config: Config) -> Iterator[str]:
    absent = [name for name in _BESIDE_A_ZOO if name not in entry]
    yield from (f"{key}.{name}: is needed beside learn_from" for name in absent)
    yield from unknown(f"{key}.learn_from", [entry["learn_from"]], config["zoos"])
    if not absent:
        yield from _predictor_problems(f"{key}.predictor", entry["predictor"], config)
        if entry["learn_from"] in config["zoos"]:
            yield from _zoo_problems(key, entry, config)


def _proxy_problems(key: str, entry: Config, config: Config) -> Iterator[str]:
    """Proxies that merged nothing, or none of the candidates' tasks; tasks that none knows."""
    proxies = entry.get("proxies", [])
    yield from unknown(f"{key}.proxies", proxies, config["zoos"])
    given = {name: said["task"] for name, said in entry["candidates"].items() if "task" in said}
    if given and not proxies:
        yield f"{key}.candidates.{min(given)}.task: goes with proxies; name some, or leave it out"
    try:
        zoos, _ = read_zoos(config)
    except ValueError:
        return  # of the measurements of a zoo, and reported there
    found = [zoos[name] for name in proxies if name in zoos]
    tasks = {given.get(name, name) for name in entry["candidates"]}
    for zoo in found:
        yield from _told_problems(f"{key}.proxies", zoo, tasks)
    every = {task for zoo in found for task in zoo.tasks}
    for name, task in given.items() if every else ():
        yield from unknown(f"{key}.candidates.{name}.task", [task], every)


def _measured_problems(key: str, entry: Config, config: Config) -> Iterator[str]:
    """Tables that cannot be read, and mergers and candidates that there are none of."""
    tables = entry["measured"]
    for kind, file in sorted(tables.items()):
        yield from brace_problems(f"{key}.{kind}", file)
    try:
        mergers, names = mergers_and_tasks(read_measured_table("pairs", tables["pairs"]))
        find_measurements(tables, tuple(mergers))
    except ValueError as error:
        yield f"{key}: {error}"
        return
    yield from unknown(f"{key}.pairs: {tables['pairs']}: merger", mergers, config["mergers"])
    yield from unknown(f"{key}.pairs: {tables['pairs']}: task", names, entry["candidates"])


def _told_problems(key: str, zoo: Zoo, tasks: set[str]) -> Iterator[str]:
    if not zoo.scored:
        yield f"{key}: zoo {zoo.name} merges nothing; name a measured zoo, or one with a dataset"
    elif len(tasks & {*zoo.tasks}) < 2:
        yield (
            f"{key}: zoo {zoo.name} has fewer than two tasks of the candidates; say with `task` "
            f"which of its tasks each is of: {', '.join(zoo.tasks)}"
        )


def _zoo_problems(key: str, entry: Config, config: Config) -> Iterator[str]:
    zoo = config["zoos"][entry["learn_from"]]
    if not {"dataset", "commands"} & zoo.keys():
        yield (
            f"{key}.learn_from: merges of zoo {entry['learn_from']} are not evaluated here; name a "
            "zoo with a backbone and a dataset, or with commands"
        )
        return
    if entry["data"] and "dataset" not in zoo:
        yield f"{key}.data: zoo {entry['learn_from']} has no images to look at; set data to false"
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
