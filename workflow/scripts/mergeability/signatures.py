"""Parameters of mergers, read from their source so that checking a config imports nothing heavy."""

import ast
from pathlib import Path
from typing import Any, NamedTuple

_MERGERS = Path(__file__).resolve().parent / "mergers"
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
        if self.type == "int":
            fits = isinstance(value, int) and not isinstance(value, bool)
            return None if fits else "expected an integer"
        if not isinstance(value, int | float) or isinstance(value, bool):
            return "expected a number"
        if self.type == "Fraction" and not 0 <= value <= 1:
            return "expected a number between 0 and 1"
        return None


def merger_methods() -> list[str]:
    """Names of all merge methods: the modules in `mergers/`."""
    return sorted(path.stem for path in _MERGERS.glob("[!_]*.py"))


def merger_parameters(method: str) -> dict[str, Parameter]:
    """Keyword parameters of a method that a config entry may set, in the order of its source."""
    tree = ast.parse((_MERGERS / f"{method}.py").read_text(encoding="utf-8"))
    merge = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "merge")
    return {
        argument.arg: Parameter(ast.unparse(argument.annotation), ast.literal_eval(default))
        for argument, default in zip(merge.args.kwonlyargs, merge.args.kw_defaults, strict=True)
        if argument.arg not in _NOT_FOR_CONFIG and argument.annotation and default
    }
