"""Check the zoos and backbones of a configuration that has passed the schema."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from mergeability.backbones.models import PACKAGED_MODELS, open_clip_models, shipped_models
from mergeability.checkpoints.model_files import model_files
from mergeability.datasets.catalog import BENCHMARKS, task_names
from mergeability.datasets.hub.task import read_task
from mergeability.finetuning.recipe import recipe_problems, tasks_with_exceptions
from mergeability.measurements.folder import find_measurements
from mergeability.metrics.registry import FAMILIES
from mergeability.naming import PAIR_SEPARATOR, check_task_name
from mergeability.prediction.registry import PREDICTORS
from mergeability.suggestions import unknown
from mergeability.workflow.backbones import domain_of_backbone
from mergeability.workflow.data import domain_of_dataset
from mergeability.workflow.zoo import is_in_place

Config = Mapping[str, Any]

LEAST_TASKS = 4  # a LOTO fold of fewer tasks trains on fewer than three pairs


def zoo_problems(config: Config) -> Iterator[str]:
    yield from _design_problems("evaluation.pairs", config["evaluation"].get("pairs"), config)
    for name, zoo in config["zoos"].items():
        if "backbone" in zoo:
            known = config.get("backbones", {})
            yield from unknown(f"zoos.{name}.backbone", [zoo["backbone"]], known)
        yield from unknown(f"zoos.{name}.proxies", zoo.get("proxies", []), config["zoos"])
        if name in zoo.get("proxies", []):
            yield f"zoos.{name}.proxies: a zoo says nothing new of itself; leave it out"
        yield from _design_problems(f"zoos.{name}.pairs", zoo.get("pairs"), config)
        if not is_in_place(zoo, config):
            yield from _check_of(zoo)(f"zoos.{name}", zoo, config)


def _design_problems(key: str, asked: Any, config: Config) -> Iterator[str]:
    """What is wrong with a design: its predictor, and the names of pairs."""
    if not isinstance(asked, Mapping):
        return
    predictors = config["prediction"]["predictors"]
    yield from unknown(f"{key}.predictor", [asked["predictor"]], predictors)
    method = predictors.get(asked["predictor"], {}).get("method")
    if method in PREDICTORS and PREDICTORS[method].looks_at != "directions":
        yield f"{key}.predictor: {method!r} gives no intervals; name an entry of 'directional'"
    for pair in asked.get("also", []):
        if len(set(pair.split(PAIR_SEPARATOR))) != 2:
            yield f"{key}.also: {pair!r} is no pair; write two different tasks as A__B"


def _check_of(zoo: Config) -> Callable[[str, Config, Config], Iterator[str]]:
    if "measurements" in zoo:
        return _measured_zoo_problems
    return _imported_zoo_problems if "checkpoints" in zoo else _finetuned_zoo_problems


def _measured_zoo_problems(key: str, zoo: Config, config: Config) -> Iterator[str]:
    for name in ("folder", "pairs", "singles", "sets"):
        yield from brace_problems(f"{key}.measurements.{name}", zoo["measurements"].get(name, ""))
    zero_shot = zoo["measurements"].get("zero_shot", {}).get("path", "")
    yield from brace_problems(f"{key}.measurements.zero_shot.path", zero_shot)
    try:
        find_measurements(zoo["measurements"], tuple(sorted(config["mergers"])))
    except ValueError as error:
        if not zoo["measurements"].get("optional"):
            yield f"{key}.measurements: {error}"


def _finetuned_zoo_problems(key: str, zoo: Config, config: Config) -> Iterator[str]:
    recipe = zoo["finetuning"]
    yield from recipe_problems(f"{key}.finetuning", recipe)
    tasks = BENCHMARKS.get(str(zoo["tasks"]), zoo["tasks"])
    named = {f"{key}.tasks": tasks, f"{key}.finetuning": tasks_with_exceptions(recipe)}
    yield from _dataset_problems(key, zoo, config, named)
    source = config.get("datasets", {}).get(zoo["dataset"], {}).get("source")
    if recipe.get("epochs") == "task" and source in ("tiny", "packages"):
        yield f"{key}.finetuning.epochs: tasks of source {source} state none; give a number"
    if recipe["max_shift"] and source == "packages":
        yield f"{key}.finetuning.max_shift: texts cannot be shifted; set it to 0"


def _imported_zoo_problems(key: str, zoo: Config, config: Config) -> Iterator[str]:
    for given in sorted({"commands", "merges"} & zoo.keys()):
        yield f"{key}.{given}: goes with a backbone of source 'weights'; leave it out"
    for task, source in zoo["checkpoints"].items():
        yield from source_problems(f"{key}.checkpoints.{task}", source)
    if "dataset" in zoo:
        yield from _dataset_problems(key, zoo, config, {f"{key}.checkpoints": zoo["checkpoints"]})
        if len(zoo["checkpoints"]) < LEAST_TASKS:
            yield f"{key}.checkpoints: predicting needs at least {LEAST_TASKS} checkpoints"
        return
    yield from task_problems(f"{key}.checkpoints", zoo["checkpoints"], zoo["checkpoints"])
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
    yield from unknown(f"{key}.dataset", [zoo["dataset"]], datasets)
    if zoo["dataset"] not in datasets:
        return
    dataset = datasets[zoo["dataset"]]
    try:
        known = task_names(dataset)
    except ValueError as error:
        yield f"datasets.{zoo['dataset']}.folder: {error}"
        return
    if zoo["calibration"]["tasks"] != "all":
        named = {**named, f"{key}.calibration.tasks": zoo["calibration"]["tasks"]}
    for place, tasks in named.items():
        yield from task_problems(place, tasks, known)
    if "probe_samples" not in zoo["calibration"] and (probing := _probing(config)):
        yield (
            f"{key}.calibration: {', '.join(probing)} look at probe samples; set probe_samples to "
            "how many per task, 100 for instance"
        )
    if (backbone := config.get("backbones", {}).get(zoo["backbone"])) is not None:
        read, given = domain_of_backbone(backbone), domain_of_dataset(dataset)
        if read != given:
            yield (
                f"{key}.dataset: its examples are {given}, but backbone {zoo['backbone']} reads "
                f"{read}; name another of the two"
            )
    if dataset["source"] == "hub":
        yield from brace_problems(f"datasets.{zoo['dataset']}.folder", dataset["folder"])
        yield from _task_file_problems(dataset["folder"], set(chain(*named.values())) & set(known))


def _probing(config: Config) -> list[str]:
    """What of a configuration looks at probe samples: families, and predictors that merge."""
    families = [
        f"family {name}"
        for name in config["metrics"]["families"]
        if name in FAMILIES and "probes" in FAMILIES[name].needs
    ]
    predictors = [
        f"predictor {name}"
        for name, entry in config["prediction"]["predictors"].items()
        if entry["method"] in PREDICTORS and PREDICTORS[entry["method"]].merges
    ]
    return [*families, *predictors]


def _task_file_problems(folder: str, tasks: Iterable[str]) -> Iterator[str]:
    for task in sorted(tasks):
        try:
            read_task(f"{folder}/{task}.yaml")
        except ValueError as error:
            yield from str(error).splitlines()


def backbone_problems(config: Config) -> Iterator[str]:
    for name, backbone in config.get("backbones", {}).items():
        key = f"backbones.{name}"
        if backbone["source"] == "shipped":
            yield from unknown(f"{key}.model", [backbone["model"]], shipped_models())
        if backbone["source"] == "sentence_encoder":
            yield from unknown(f"{key}.model", [backbone["model"]], PACKAGED_MODELS)
        if backbone["source"] == "random" and backbone["width"] % backbone["heads"]:
            yield f"{key}.width: {backbone['width']} cannot be divided by {backbone['heads']} heads"
        if backbone["source"] == "open_clip":
            yield from unknown(f"{key}.model", [backbone["model"]], open_clip_models())
            yield from source_problems(f"{key}.weights", backbone["weights"])
        if backbone["source"] == "weights":
            yield from place_problems(key, backbone)


def source_problems(key: str, source: Config) -> Iterator[str]:
    """What is wrong with an entry that names weights: a file, a folder, or a file on a hub."""
    if ("path" in source) == ("hub" in source):
        yield (
            f"{key}: name either a local file or folder (path) or a repository on a hub (hub and "
            "file)"
        )
    elif "hub" in source and "file" not in source:
        yield f"{key}.file: which file of the repository {source['hub']}?"
    elif "path" in source and (extra := {"file", "revision"} & source.keys()):
        yield f"{key}: {', '.join(sorted(extra))} goes with hub, not with path"
    elif "path" in source:
        yield from _path_problems(key, Path(source["path"]))
        if "sha256" in source and Path(source["path"]).is_dir():
            yield f"{key}.sha256: is that of a file, {source['path']} is a folder; leave it out"


def place_problems(key: str, source: Config) -> Iterator[str]:
    """What is wrong with an entry that names a model of any architecture, a folder or a file."""
    if "path" not in source or source.keys() & {"hub", "file", "revision", "sha256"}:
        yield (
            f"{key}: a model of any architecture is read where it lies; name its folder or file "
            "under path, and nothing beside (to fetch one from a hub: hf download)"
        )
    else:
        yield from _path_problems(key, Path(source["path"]))


def _path_problems(key: str, path: Path) -> Iterator[str]:
    if not path.exists():
        yield f"{key}.path: there is no file or folder {path}"
        return
    for file in model_files(path):
        yield from brace_problems(f"{key}.path", str(file))


def brace_problems(key: str, path: str) -> Iterator[str]:
    """Snakemake has no way to write a brace that is none of a wildcard."""
    if "{" in path or "}" in path:
        yield f"{key}: {path} has braces, which Snakemake takes for wildcards; rename it"


def task_problems(key: str, tasks: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Names of tasks that cannot name files, and those that are not known."""
    for task in tasks:
        try:
            check_task_name(task)
        except ValueError as error:
            yield f"{key}: {error}"
        else:
            yield from unknown(key, [task], known)
