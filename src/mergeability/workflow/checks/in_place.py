"""Check the zoos of a config whose models are of any architecture and stay where they are."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mergeability.metrics.registry import FAMILIES
from mergeability.naming import PAIR_SEPARATOR
from mergeability.plugins import MERGERS, merger_statistics
from mergeability.suggestions import unknown
from mergeability.tuning.parameters import TUNE
from mergeability.workflow.checks.zoos import (
    LEAST_TASKS,
    brace_problems,
    place_problems,
    task_problems,
)
from mergeability.workflow.zoo import is_in_place

Config = Mapping[str, Any]

_OF_ARCHITECTURES = ("calibration", "dataset", "finetuning", "tasks", "validation")
_FILLED_IN = ("{model}", "{out}")


def in_place_problems(config: Config) -> Iterator[str]:
    """One line for each mistake in a zoo with a backbone of source `weights`."""
    for name, zoo in config["zoos"].items():
        if is_in_place(zoo, config):
            yield from _zoo_problems(f"zoos.{name}", zoo, config)


def _zoo_problems(key: str, zoo: Config, config: Config) -> Iterator[str]:
    for given in sorted(zoo.keys() & {*_OF_ARCHITECTURES}):
        yield (
            f"{key}.{given}: needs a known architecture, which backbones of source 'weights' do "
            "not have; leave it out, list `checkpoints`, and name `commands` to evaluate by"
        )
    if "checkpoints" not in zoo:
        return
    for task, source in zoo["checkpoints"].items():
        yield from place_problems(f"{key}.checkpoints.{task}", source)
    yield from task_problems(f"{key}.checkpoints", zoo["checkpoints"], zoo["checkpoints"])
    for family in config["metrics"]["families"]:
        if family in FAMILIES and not FAMILIES[family].of_any_architecture:
            yield (
                f"metrics.families: {family!r} needs images or a known architecture, which {key} "
                "does not have; leave it out"
            )
    used = {name for name in zoo.get("merges", {}) if name in config["mergers"]}
    if "commands" in zoo:
        yield from _command_problems(f"{key}.commands", zoo)
        used = set(config["mergers"])
    for name in sorted(used):
        yield from _merger_problems(f"mergers.{name}", config["mergers"][name], key)
    for name, asked in zoo.get("merges", {}).items():
        yield from unknown(f"{key}.merges", [name], config["mergers"])
        if name in config["mergers"]:
            method = config["mergers"][name]["method"]
            yield from _set_problems(f"{key}.merges.{name}", asked, method, zoo["checkpoints"])


def _command_problems(key: str, zoo: Config) -> Iterator[str]:
    commands, checkpoints = zoo["commands"], zoo["checkpoints"]
    yield from unknown(key, commands, checkpoints)
    for task in sorted(checkpoints.keys() - commands.keys()):
        yield f"{key}: task {task!r} has no command; name one, or leave out all commands"
    if len(checkpoints) < LEAST_TASKS:
        yield f"{key}: predicting needs at least {LEAST_TASKS} checkpoints"
    for task, command in commands.items():
        for part in _FILLED_IN:
            if part not in command["run"]:
                yield f"{key}.{task}.run: {part} is missing: {command['run']}"
        for file in command.get("files", []):
            yield from brace_problems(f"{key}.{task}.files", file)
            if not Path(file).is_file():
                yield f"{key}.{task}.files: there is no file {file}"


def _merger_problems(key: str, entry: Config, zoo: str) -> Iterator[str]:
    """Why a merger cannot merge models of a zoo without images and architecture."""
    if entry["method"] in MERGERS.names() and merger_statistics(entry["method"]):
        yield f"{key}: {entry['method']!r} needs images, which {zoo} does not have; leave it out"
    if TUNE in entry:
        yield f"{key}.{TUNE}: needs validation images, which {zoo} does not have; give the value"
    if "layer_scaling" in entry:
        yield f"{key}.layer_scaling: knows blocks of CLIP only, {zoo} has others; leave it out"


def _set_problems(key: str, asked: list[str], method: str, tasks: Config) -> Iterator[str]:
    models = MERGERS.constant(method, "MODELS") if method in MERGERS.names() else None
    for name in asked:
        named = name.split(PAIR_SEPARATOR)
        yield from unknown(key, named, tasks)
        if len({*named}) < max(2, len(named)):
            yield f"{key}: {name!r} is no merge; write two or more different tasks as A__B"
        elif models and len(named) != models:
            yield f"{key}: {method!r} merges {models} models, {name!r} names {len(named)}"
