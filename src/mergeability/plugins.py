"""What configs and rules must know of mergers and regularizers, read from their source.

Checking a config then imports nothing heavy.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mergeability.suggestions import unknown

_PACKAGE = Path(__file__).resolve().parent
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
        fits, expected = {
            "tuple[float, float]": (_are_two_numbers, "two numbers"),
            "Fraction": (lambda v: _is_number(v) and 0 <= v <= 1, "a number between 0 and 1"),
            "int": (_is_integer, "an integer"),
            "Count": (lambda v: _is_integer(v) and v >= 1, "an integer from 1"),
            "float": (_is_number, "a number"),
        }[self.type]
        return None if fits(value) else f"expected {expected}"


class Methods(NamedTuple):
    """A folder whose modules are methods, each with one function that takes the parameters."""

    folder: Path
    function: str
    shared: Mapping[str, Parameter] = {}  # what an entry of any method may set

    def names(self) -> list[str]:
        """Names of all methods: the modules in the folder."""
        return sorted(path.stem for path in self.folder.glob("[!_]*.py"))

    def parameters(self, method: str) -> dict[str, Parameter]:
        """Keyword parameters that a config entry may set, in the order of the source."""
        function = next(
            node
            for node in self.read_source(method)
            if isinstance(node, ast.FunctionDef) and node.name == self.function
        )
        arguments = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        return {
            argument.arg: Parameter(ast.unparse(argument.annotation), ast.literal_eval(default))
            for argument, default in arguments
            if argument.arg not in _NOT_FOR_CONFIG and argument.annotation and default
        }

    def constant(self, method: str, name: str) -> Any:
        """The value of a constant of the method's module; None where it has none."""
        for node in self.read_source(method):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                return ast.literal_eval(node.value)
        return None

    def problems(self, key: str, method: str, given: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the config entry `key` of a `method` with the parameters `given`."""
        if method not in self.names():
            yield from unknown(f"{key}.method", [method], self.names())
            return
        parameters = {**self.parameters(method), **self.shared}
        yield from unknown(key, given, parameters)
        for name in given.keys() & parameters.keys():
            if problem := parameters[name].problem(given[name]):
                yield f"{key}.{name}: {given[name]!r} is not allowed; {problem}"

    def read_source(self, method: str) -> list[ast.stmt]:
        """The statements of the method's module."""
        return ast.parse((self.folder / f"{method}.py").read_text(encoding="utf-8")).body


MERGERS = Methods(
    _PACKAGE / "mergers", "merge", {"layer_scaling": Parameter("tuple[float, float]", None)}
)
REGULARIZERS = Methods(_PACKAGE / "finetuning/regularizers", "prepare")


def merger_statistics(method: str) -> str | None:
    """The kind of statistics that a merger needs of every checkpoint, or None."""
    kind: str | None = MERGERS.constant(method, "STATISTICS")
    return kind


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_two_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))
