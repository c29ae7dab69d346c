"""Parameters of mergers and regularizers, read from their source.

Checking a config then imports nothing heavy.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mergeability.suggestions import unknown

_PACKAGE = Path(__file__).resolve().parent
_NOT_FOR_CONFIG = {"seed"}


class Parameter(NamedTuple):
    """A keyword parameter: its type as written in the source, and its default."""

    type: str
    default: Any

    def problem(self, value: Any) -> str | None:
        """Why `value` is not of this type, or None."""
        if self.type.startswith("Literal["):
            allowed = ast.literal_eval(f"({self.type[8:-1]},)")
            return None if value in allowed else f"allowed: {', '.join(map(repr, allowed))}"
        if self.type in ("int", "Count"):
            if not isinstance(value, int) or isinstance(value, bool):
                return "expected an integer"
            return "expected at least 1" if self.type == "Count" and value < 1 else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            return "expected a number"
        if self.type == "Fraction" and not 0 <= value <= 1:
            return "expected a number between 0 and 1"
        return None


class Methods(NamedTuple):
    """A folder whose modules are methods, each with one function that takes the parameters."""

    folder: Path
    function: str

    def names(self) -> list[str]:
        """Names of all methods: the modules in the folder."""
        return sorted(path.stem for path in self.folder.glob("[!_]*.py"))

    def parameters(self, method: str) -> dict[str, Parameter]:
        """Keyword parameters that a config entry may set, in the order of the source."""
        tree = ast.parse((self.folder / f"{method}.py").read_text(encoding="utf-8"))
        function = next(
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name == self.function
        )
        arguments = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        return {
            argument.arg: Parameter(ast.unparse(argument.annotation), ast.literal_eval(default))
            for argument, default in arguments
            if argument.arg not in _NOT_FOR_CONFIG and argument.annotation and default
        }

    def problems(self, key: str, method: str, given: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the config entry `key` of a `method` with the parameters `given`."""
        if method not in self.names():
            yield from unknown(f"{key}.method", [method], self.names())
            return
        parameters = self.parameters(method)
        yield from unknown(key, given, parameters)
        for name in given.keys() & parameters.keys():
            if problem := parameters[name].problem(given[name]):
                yield f"{key}.{name}: {given[name]!r} is not allowed; {problem}"


MERGERS = Methods(_PACKAGE / "mergers", "merge")
REGULARIZERS = Methods(_PACKAGE / "finetuning/regularizers", "prepare")


def merger_methods() -> list[str]:
    """Names of all merge methods: the modules in `mergers/`."""
    return MERGERS.names()


def merger_parameters(method: str) -> dict[str, Parameter]:
    """Keyword parameters of a merger that a config entry may set, in the order of its source."""
    return MERGERS.parameters(method)
