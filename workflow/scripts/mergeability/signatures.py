"""What configs and rules must know of mergers, read from their source without importing torch."""

import ast
from pathlib import Path
from typing import Any, NamedTuple

_MERGERS = Path(__file__).resolve().parent / "mergers"
_NOT_FOR_CONFIG = {"seed", "statistics"}


class Parameter(NamedTuple):
    """A keyword parameter: its type as written in the source, and its default."""

    type: str
    default: Any

    def problem(self, value: Any) -> str | None:
        """Why `value` is not of this type, or None."""
        if self.type.startswith("Literal["):
            allowed = ast.literal_eval(f"({self.type[8:-1]},)")
            return None if value in allowed else f"allowed: {', '.join(map(repr, allowed))}"
        if self.type == "tuple[float, float]":
            fits = (
                isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))
            )
            return None if fits else "expected two numbers"
        if self.type == "int":
            fits = isinstance(value, int) and not isinstance(value, bool)
            return None if fits else "expected an integer"
        if not _is_number(value):
            return "expected a number"
        if self.type == "Fraction" and not 0 <= value <= 1:
            return "expected a number between 0 and 1"
        return None


# What every entry may set beside the parameters of its method.
MODIFIERS = {"layer_scaling": Parameter("tuple[float, float]", None)}


def merger_methods() -> list[str]:
    """Names of all merge methods: the modules in `mergers/`."""
    return sorted(path.stem for path in _MERGERS.glob("[!_]*.py"))


def merger_parameters(method: str) -> dict[str, Parameter]:
    """Keyword parameters of a method that a config entry may set, in the order of its source."""
    merge = next(
        node
        for node in _source(method)
        if isinstance(node, ast.FunctionDef) and node.name == "merge"
    )
    return {
        argument.arg: Parameter(ast.unparse(argument.annotation), ast.literal_eval(default))
        for argument, default in zip(merge.args.kwonlyargs, merge.args.kw_defaults, strict=True)
        if argument.arg not in _NOT_FOR_CONFIG and argument.annotation and default
    }


def merger_keys(method: str) -> dict[str, Parameter]:
    """All keys that a config entry of this method may set: its parameters and the modifiers."""
    return {**merger_parameters(method), **MODIFIERS}


def merger_statistics(method: str) -> str | None:
    """The kind of statistics that a method needs of every checkpoint, or None."""
    kind: str | None = _constant(method, "STATISTICS")
    return kind


def merger_models(method: str) -> int | None:
    """The number of models that a method takes, or None for any."""
    models: int | None = _constant(method, "MODELS")
    return models


def _constant(method: str, name: str) -> Any:
    for node in _source(method):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    return None


def _source(method: str) -> list[ast.stmt]:
    return ast.parse((_MERGERS / f"{method}.py").read_text(encoding="utf-8")).body


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
