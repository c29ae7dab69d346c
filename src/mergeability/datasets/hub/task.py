"""A task of the hub as one YAML file says it: where its images are, its classes and prompts.

Read while rules are parsed, so nothing heavy may be imported here. The keys are explained in
config/README.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from mergeability.naming import check_task_name
from mergeability.yaml_files import read_yaml

SPLITS = ("train", "test")
ORIENTATIONS = ("as_stored", "transpose")

_NEEDED = {"repository", "splits", "classes", "epochs", "prompts"}
_OPTIONAL = {"revision", "columns", "class_names", "label_map", "orientation"}


@dataclass(frozen=True)
class SplitSource:
    """The Parquet files of one split: a pattern of paths in the repository, and rows if known."""

    files: str
    rows: int | None = None


@dataclass(frozen=True)
class Columns:
    """Names of the columns with images and labels."""

    image: str = "image"
    label: str = "label"


@dataclass(frozen=True)
class Task:
    """One classification task whose images are on the hub."""

    name: str
    repository: str
    splits: Mapping[str, SplitSource]  # by `SPLITS`
    classes: int
    epochs: int
    prompts: tuple[str, ...]  # `{}` stands for the class name
    revision: str | None = None  # None is the default branch
    columns: Columns = Columns()
    class_names: tuple[str, ...] | None = None  # None: the names that the dataset states
    label_map: tuple[int, ...] | None = None  # class of each label of the dataset
    orientation: str = "as_stored"


def task_files(folder: str | Path) -> dict[str, Path]:
    """The task files of a folder by the name of their task, which is the name of the file."""
    return {check_task_name(path.stem): path for path in sorted(Path(folder).glob("*.yaml"))}


def read_task(path: str | Path) -> Task:
    """Read one task file; raises `ValueError` that names file and key for whatever is not right."""
    path = Path(path)
    entry = _mapping(read_yaml(path), f"{path}", _NEEDED, _OPTIONAL)
    splits = _mapping(entry["splits"], f"{path}: splits", set(SPLITS), set())
    task = Task(
        name=check_task_name(path.stem),
        repository=_text(entry["repository"], f"{path}: repository"),
        splits={name: _split(value, f"{path}: splits.{name}") for name, value in splits.items()},
        classes=_count(entry["classes"], f"{path}: classes"),
        epochs=_count(entry["epochs"], f"{path}: epochs"),
        prompts=_prompts(entry["prompts"], f"{path}: prompts"),
        revision=_optional(_text, entry.get("revision"), f"{path}: revision"),
        columns=_columns(entry.get("columns", {}), f"{path}: columns"),
        class_names=_optional(_names, entry.get("class_names"), f"{path}: class_names"),
        label_map=_optional(_label_map, entry.get("label_map"), f"{path}: label_map"),
        orientation=entry.get("orientation", ORIENTATIONS[0]),
    )
    _check_consistency(task, path)
    return task


def _check_consistency(task: Task, path: Path) -> None:
    if task.orientation not in ORIENTATIONS:
        _fail(f"{path}: orientation", task.orientation, f"one of {', '.join(ORIENTATIONS)}")
    if task.class_names is not None and len(task.class_names) != task.classes:
        _fail(f"{path}: class_names", len(task.class_names), f"{task.classes} names, as `classes`")
    if task.label_map is not None:
        if task.class_names is None:
            _fail(f"{path}: class_names", None, "a list, since `label_map` renumbers the classes")
        if not all(0 <= label < task.classes for label in task.label_map):
            _fail(f"{path}: label_map", task.label_map, f"classes from 0 to {task.classes - 1}")


def _split(value: Any, key: str) -> SplitSource:
    entry = _mapping(value, key, {"files"}, {"rows"})
    return SplitSource(
        _text(entry["files"], f"{key}.files"), _optional(_count, entry.get("rows"), f"{key}.rows")
    )


def _columns(value: Any, key: str) -> Columns:
    entry = _mapping(value, key, set(), {"image", "label"})
    return Columns(**{name: _text(text, f"{key}.{name}") for name, text in entry.items()})


def _prompts(value: Any, key: str) -> tuple[str, ...]:
    prompts = _names(value, key)
    for prompt in prompts:
        rest = prompt.replace("{}", "", 1)
        if rest == prompt or {"{", "}"} & set(rest):
            _fail(key, prompt, "a text with one {} in the place of the class name")
    return prompts


def _names(value: Any, key: str) -> tuple[str, ...]:
    names = tuple(_text(name, key) for name in _sequence(value, key))
    for name in names:
        if names.count(name) > 1:
            _fail(key, name, "no text twice")
    return names


def _label_map(value: Any, key: str) -> tuple[int, ...]:
    labels = tuple(_sequence(value, key))
    if not all(type(label) is int for label in labels) or len(set(labels)) != len(labels):
        _fail(key, value, "the class of each label of the dataset, as different whole numbers")
    return labels


def _mapping(value: Any, key: str, needed: set[str], optional: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _fail(key, value, f"keys {', '.join(sorted(needed | optional))}")
    for name in sorted(map(str, value.keys() - needed - optional)):
        raise ValueError(
            f"{key}: unknown key {name!r}; allowed: {', '.join(sorted(needed | optional))}"
        )
    for name in sorted(needed - value.keys()):
        raise ValueError(f"{key}: key {name!r} is missing")
    return value


def _sequence(value: Any, key: str) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        _fail(key, value, "a list that is not empty")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value:
        _fail(key, value, "a text (in quotes if it looks like a number or a truth value)")
    return value


def _count(value: Any, key: str) -> int:
    if type(value) is not int or value < 1:
        _fail(key, value, "a whole number from 1")
    return value


def _optional(read: Any, value: Any, key: str) -> Any:
    return None if value is None else read(value, key)


def _fail(key: str, value: Any, expected: str) -> NoReturn:
    raise ValueError(f"{key}: {value!r} is not allowed; expected {expected}")
