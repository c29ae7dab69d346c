"""Check the structure of a config: keys and numbers, and what its schema says of them."""

from collections.abc import Iterator, Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from mergeability.suggestions import number_hint, suggestion

SCHEMA = Path(__file__).parents[1] / "config.schema.yaml"
_YAML_KINDS = {
    bool: "a truth value, like no and on",
    int: "a number",
    float: "a number",
    date: "a date",
}


def structural_problems(config: Mapping[str, Any]) -> list[str]:
    """Where a config does not have the shape that its schema describes, one line each."""
    if unreadable := list(_unreadable(config, "")):
        return unreadable
    validator = Draft202012Validator(yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))
    errors = sorted(validator.iter_errors(config), key=lambda error: str(error.json_path))
    return [problem for error in errors for problem in _described(error)]


def _unreadable(value: Any, place: str) -> Iterator[str]:
    """Keys that are no text, and numbers without a value: no schema can say it of all keys."""
    if isinstance(value, float) and not isfinite(value):
        yield f"{place}: {value!r} is not allowed; expected a number"
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                yield f"{place or 'top level'}: the name {name} is no text{_text_hint(name)}"
    listed = enumerate(value if isinstance(value, list) else [])
    for name, item in value.items() if isinstance(value, Mapping) else listed:
        yield from _unreadable(item, f"{place}.{name}" if place else str(name))


def _text_hint(value: Any) -> str:
    kind = next((kind for type_, kind in _YAML_KINDS.items() if isinstance(value, type_)), None)
    return f" (YAML reads it as {kind}; put it in quotes)" if kind else ""


def _described(error: Any) -> Iterator[str]:
    key = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "additionalProperties":
        allowed = error.schema.get("properties", {})
        for name in sorted(set(error.instance) - set(allowed)):
            yield f"{key}: unknown key {name!r}{suggestion(name, allowed)}"
    elif error.validator == "anyOf":
        allowed = " or ".join(str(s.get("const", s.get("type"))) for s in error.validator_value)
        yield f"{key}: {error.instance!r} is not allowed; allowed: {allowed}"
    elif error.validator == "pattern":
        yield (
            f"{key}: {error.schema['title']} {error.instance!r} is not allowed; use "
            + (error.schema["description"])
        )
    elif error.validator == "minProperties":
        needed = error.validator_value
        yield f"{key}: {list(error.instance)} is too few; at least {needed} needed"
    elif error.validator == "type":
        wanted_text = error.validator_value == "string"
        hint = (_text_hint if wanted_text else number_hint)(error.instance)
        given = f"{error.instance}" if isinstance(error.instance, date) else repr(error.instance)
        yield f"{key}: {given} is not of type {error.validator_value!r}{hint}"
    else:
        yield f"{key}: {error.message}"
