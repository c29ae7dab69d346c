"""YAML files that users write, read strictly: YAML itself keeps the last of two equal keys."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

MERGE_KEY = "tag:yaml.org,2002:merge"  # `<<`, which may stand in a mapping several times


def read_yaml(path: str | Path) -> Any:
    """The content of a YAML file; `ValueError`, one line per problem, where it is not sound."""
    if problems := yaml_problems(path):
        raise ValueError("\n".join(problems))
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def yaml_problems(path: str | Path) -> list[str]:
    """What is wrong with a YAML (or JSON) file: it is no YAML, or a mapping has a key twice.

    Each problem is one line that names the file, the key and its lines.
    """
    text = Path(path).read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")  # JSON may be indented with tabs, which YAML forbids
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        return [f"{path}: not valid YAML ({' '.join(str(error).split())})"]
    return [f"{path}: {problem}" for problem in _repetitions(root, "", set())]


def _repetitions(node: yaml.Node | None, place: str, seen: set[int]) -> Iterator[str]:
    if node is None or id(node) in seen:  # what an alias stands for was looked at already
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _repetitions(item, f"{place}{number}.", seen)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    for key, value in node.value:
        name = str(key.value)
        if key.tag != MERGE_KEY:
            lines[key.tag, name].append(key.start_mark.line + 1)
        yield from _repetitions(value, f"{place}{name}.", seen)
    for (_, name), found in lines.items():
        if len(found) > 1:
            given = f"{', '.join(map(str, found[:-1]))} and {found[-1]}"
            yield f"{place}{name} is given {len(found)} times, in lines {given}; keep one"
