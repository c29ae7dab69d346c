"""What configs and rules must know of mergers and regularizers, read from their source.

Checking a config then imports nothing heavy.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from mergeability.suggestions import unknown

_PACKAGE = Path(__file__).resolve().parent
_NOT_FOR_CONFIG = {"seed", "statistics"}


class PluginError(ValueError):
    """A module whose signature cannot be read, in one line that names file and cure."""


class Parameter(NamedTuple):
    """A keyword parameter: its type as written in the source, and its default.

    A type is one of `_KINDS` or a `Literal[...]`, or several of these joined by `|`.
    """

    type: str
    default: Any

    @property
    def kinds(self) -> list["_Kind"]:
        """What a value may be; `PluginError` for a type that no value can be checked against."""
        return list(map(_kind, _alternatives(ast.parse(self.type, mode="eval").body)))

    def problem(self, value: Any) -> str | None:
        """Why `value` is not of this type, or None."""
        kinds = self.kinds
        if any(kind.fits(value) for kind in kinds):
            return None
        return " or ".join(kind.expected for kind in kinds)


class _Kind(NamedTuple):
    fits: Callable[[Any], bool]
    expected: str


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and isfinite(value))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_two_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))


_KINDS = {
    "bool": _Kind(lambda v: isinstance(v, bool), "expected true or false"),
    "str": _Kind(lambda v: isinstance(v, str), "expected a text"),
    "int": _Kind(_is_integer, "expected an integer"),
    "Count": _Kind(lambda v: _is_integer(v) and v >= 1, "expected an integer from 1"),
    "float": _Kind(_is_number, "expected a number"),
    "Fraction": _Kind(lambda v: _is_number(v) and 0 <= v <= 1, "expected a number between 0 and 1"),
    "tuple[float, float]": _Kind(_are_two_numbers, "expected two numbers"),
    "None": _Kind(lambda v: v is None, "nothing (null)"),
}


def _alternatives(annotation: ast.expr) -> list[str]:
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return [*_alternatives(annotation.left), *_alternatives(annotation.right)]
    return [ast.unparse(annotation)]


def _kind(written: str) -> _Kind:
    if written.startswith("Literal["):
        allowed = ast.literal_eval(f"({written[8:-1]},)")
        return _Kind(lambda value: value in allowed, f"allowed: {', '.join(map(repr, allowed))}")
    if written not in _KINDS:
        raise PluginError(f"type {written!r} is not known; use {', '.join(_KINDS)} or Literal[...]")
    return _KINDS[written]


class Methods(NamedTuple):
    """A folder whose modules are methods, each with one function that takes the parameters."""

    folder: Path
    function: str
    shared: Mapping[str, Parameter] = {}  # what an entry of any method may set

    def names(self) -> list[str]:
        """Names of all methods: the modules in the folder."""
        return sorted(path.stem for path in self.folder.glob("[!_]*.py"))

    def parameters(self, method: str) -> dict[str, Parameter]:
        """Keyword parameters that a config entry may set, in the order of the source.

        `PluginError` where the function, a type or a default cannot be read.
        """
        functions = [node for node in self.read_source(method) if isinstance(node, ast.FunctionDef)]
        found = [node.args for node in functions if node.name == self.function]
        if not found:
            raise PluginError(f"{self.path(method)}: there is no function {self.function!r}")
        arguments = zip(found[0].kwonlyargs, found[0].kw_defaults, strict=True)
        return {
            argument.arg: self._parameter(method, argument, default)
            for argument, default in arguments
            if argument.arg not in _NOT_FOR_CONFIG
        }

    def _parameter(self, method: str, argument: ast.arg, default: ast.expr | None) -> Parameter:
        about = f"{self.path(method)}: parameter {argument.arg!r}"
        if argument.annotation is None or default is None:
            raise PluginError(f"{about} needs a type and a default")
        try:
            parameter = Parameter(ast.unparse(argument.annotation), ast.literal_eval(default))
            _ = parameter.kinds
        except PluginError as error:
            raise PluginError(f"{about}: {error}") from error
        except ValueError as error:
            computed = ast.unparse(default)
            raise PluginError(
                f"{about}: the default {computed} is computed; write its value"
            ) from error
        return parameter

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
        try:
            parameters = {**self.parameters(method), **self.shared}
        except PluginError as error:
            yield f"{key}.method: {error}"
            return
        yield from unknown(key, given, parameters)
        for name in given.keys() & parameters.keys():
            if problem := parameters[name].problem(given[name]):
                yield f"{key}.{name}: {given[name]!r} is not allowed; {problem}"

    def path(self, method: str) -> Path:
        """The file of a method."""
        return self.folder / f"{method}.py"

    def read_source(self, method: str) -> list[ast.stmt]:
        """The statements of the method's module."""
        return _statements(self.path(method))


@cache
def _statements(path: Path) -> list[ast.stmt]:
    try:
        return ast.parse(path.read_text(encoding="utf-8")).body
    except SyntaxError as error:
        raise PluginError(
            f"{path}: line {error.lineno} is not valid Python: {error.msg}"
        ) from error


MERGERS = Methods(
    _PACKAGE / "mergers", "merge", {"layer_scaling": Parameter("tuple[float, float]", None)}
)
REGULARIZERS = Methods(_PACKAGE / "finetuning/regularizers", "prepare")


def merger_statistics(method: str) -> str | None:
    """The kind of statistics that a merger needs of every checkpoint, or None."""
    kind: str | None = MERGERS.constant(method, "STATISTICS")
    return kind
