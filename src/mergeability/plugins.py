"""What configs and rules must know of plug-ins, read from their source.

Plug-ins are mergers, regularizers, predictors and families of metrics: one module each. Checking a
config then imports nothing heavy.
"""

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from math import inf, isfinite
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from mergeability.suggestions import number_hint, unknown

PACKAGE = Path(__file__).resolve().parent
_NOT_FOR_CONFIG = {"seed", "statistics"}

About = TypeVar("About")


class PluginError(ValueError):
    """A module whose signature cannot be read, in one line that names file and cure."""


class Parameter(NamedTuple):
    """A keyword parameter: its type as written in the source, and its default.

    A type is one of `_KINDS`, or a `Literal[...]`, or an `Annotated[kind, least value]`, or several
    of these joined by `|`.
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

    def cast(self, value: Any) -> Any:
        """An allowed `value` in the type of the default, so that 1 and 1.0 are the same setting."""
        if isinstance(self.default, tuple):
            return tuple(map(float, _listed(value)))
        return float(value) if isinstance(self.default, float) and _is_number(value) else value


class _Kind(NamedTuple):
    fits: Callable[[Any], bool]
    expected: str


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and isfinite(value))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_two_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))


def _are_numbers(value: Any) -> bool:
    return bool(_listed(value)) and all(map(_is_number, _listed(value)))


def _listed(value: Any) -> list[Any] | tuple[Any, ...]:
    return value if isinstance(value, list | tuple) else [value]


_KINDS = {
    "bool": _Kind(lambda v: isinstance(v, bool), "expected true or false"),
    "str": _Kind(lambda v: isinstance(v, str), "expected a text"),
    "int": _Kind(_is_integer, "expected an integer"),
    "Count": _Kind(lambda v: _is_integer(v) and v >= 1, "expected an integer from 1"),
    "float": _Kind(_is_number, "expected a number"),
    "Fraction": _Kind(lambda v: _is_number(v) and 0 <= v <= 1, "expected a number between 0 and 1"),
    "tuple[float, float]": _Kind(_are_two_numbers, "expected two numbers"),
    "tuple[float, ...]": _Kind(_are_numbers, "expected one or more numbers"),
    "None": _Kind(lambda v: v is None, "nothing (null)"),
}


def _alternatives(annotation: ast.expr) -> list[str]:
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return [*_alternatives(annotation.left), *_alternatives(annotation.right)]
    return [ast.unparse(annotation)]


def _kind(written: str) -> _Kind:
    if written.startswith("Literal["):
        try:
            allowed = ast.literal_eval(f"({written[8:-1]},)")
        except ValueError as error:
            raise PluginError(f"type {written!r} holds what is computed; write values") from error
        return _Kind(
            lambda value: any(value == one and type(value) is type(one) for one in allowed),
            f"allowed: {', '.join(map(repr, allowed))}",
        )
    if written.startswith("Annotated["):
        base, _, bound = written[10:-1].rpartition(", ")
        kind, least = _kind(base), ast.literal_eval(bound)
        return _Kind(
            lambda value: kind.fits(value) and all(item >= least for item in _listed(value)),
            f"{kind.expected} from {least:g}",
        )
    if written not in _KINDS:
        raise PluginError(
            f"type {written!r} is not known; use {', '.join(_KINDS)}, "
            "Literal[...] or Annotated[kind, least value]"
        )
    return _KINDS[written]


class Methods(NamedTuple):
    """A folder whose modules are methods, each with one function that takes the parameters."""

    folder: Path
    function: str = ""  # of families there are many
    shared: Mapping[str, Parameter] = {}  # what an entry of any method may set
    largest: float = inf  # numbers beyond it are typing errors

    def names(self) -> list[str]:
        """Names of all methods: the modules in the folder."""
        return list(_modules(self.folder))

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
            wrong = parameter.problem(parameter.default)
        except PluginError as error:
            raise PluginError(f"{about}: {error}") from error
        except ValueError as error:
            computed = ast.unparse(default)
            raise PluginError(
                f"{about}: the default {computed} is computed; write its value"
            ) from error
        if wrong:
            raise PluginError(f"{about}: the default {parameter.default!r} is not allowed; {wrong}")
        return parameter

    def constant(self, method: str, name: str, *allowed: Any) -> Any:
        """The value of a constant of the method's module; None where it has none.

        `PluginError` where the value is computed, or none of those `allowed`, if these are given.
        """
        for node in self.read_source(method):
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=found)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value)
                ) if found == name:
                    return self._literal(f"{self.path(method)}: {name}", value, allowed)
        return None

    def _literal(self, about: str, written: ast.expr, allowed: Collection[Any]) -> Any:
        try:
            value = ast.literal_eval(written)
        except ValueError as error:
            computed = ast.unparse(written)
            raise PluginError(f"{about} = {computed} is computed; write its value") from error
        if allowed and value not in allowed:
            known = ", ".join(map(repr, allowed))
            raise PluginError(f"{about} = {value!r} is not allowed; allowed: {known}")
        return value

    def resolve(self, method: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters of a method, sorted by name: those `given`, or else their defaults."""
        return {
            name: parameter.cast(given.get(name, parameter.default))
            for name, parameter in sorted(self.parameters(method).items())
        }

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
            value = given[name]
            if problem := parameters[name].problem(value):
                yield f"{key}.{name}: {value!r} is not allowed; {problem}{number_hint(value)}"
            for number in _listed(value):
                if _is_number(number) and abs(number) > self.largest:
                    yield f"{key}.{name}: {number!r} is not allowed; at most {self.largest:,.0f}"

    def conflict(self, method: str, given: Mapping[str, Any], **known: int) -> str | None:
        """Why values that are allowed one by one cannot work together, as the method says.

        Its function `problem` is asked, if it has one, without importing the module.
        """
        defaults = {name: parameter.default for name, parameter in self.parameters(method).items()}
        values = {**defaults, **given, **known}
        for node in self.read_source(method):
            if isinstance(node, ast.FunctionDef) and node.name == "problem":
                alone: dict[str, Any] = {}
                try:
                    exec(compile(ast.Module([node], []), self.path(method), "exec"), alone)
                    return alone["problem"](**{a.arg: values[a.arg] for a in node.args.kwonlyargs})
                except (KeyError, NameError) as error:
                    raise PluginError(
                        f"{self.path(method)}: problem() asks for {error}; it may use nothing but "
                        "parameters of the method and `models`"
                    ) from error
        return None

    def path(self, method: str) -> Path:
        """The file of a method."""
        return self.folder / f"{method}.py"

    def read_source(self, method: str) -> list[ast.stmt]:
        """The statements of the method's module."""
        return _statements(self.path(method))


class Catalog(Mapping[str, About]):
    """What is known of the methods of a folder, by name; read when it is asked for.

    Those named in `first` come first, in that order, then others by name.
    """

    def __init__(
        self, methods: Methods, describe: Callable[[str], About], first: Sequence[str]
    ) -> None:
        self._methods, self._describe, self._first = methods, cache(describe), first

    def __getitem__(self, method: str) -> About:
        if method not in self._methods.names():
            raise KeyError(method)
        return self._describe(method)

    def __contains__(self, method: object) -> bool:
        return method in self._methods.names()

    def __iter__(self) -> Iterator[str]:
        names = self._methods.names()
        return iter(sorted(names, key=[*self._first, *names].index))

    def __len__(self) -> int:
        return len(self._methods.names())


@cache
def _modules(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("[!_]*.py")))


@cache
def _statements(path: Path) -> list[ast.stmt]:
    try:
        return ast.parse(path.read_text(encoding="utf-8")).body
    except SyntaxError as error:
        raise PluginError(
            f"{path}: line {error.lineno} is not valid Python: {error.msg}"
        ) from error


MERGERS = Methods(
    PACKAGE / "mergers",
    "merge",
    {"layer_scaling": Parameter("tuple[float, float]", None)},
    largest=1e6,  # what is larger overflows the weights
)
REGULARIZERS = Methods(PACKAGE / "finetuning/regularizers", "prepare")


EXAMPLES = "examples"  # the kind of mergers that run an encoder themselves


def merger_statistics(method: str) -> str | None:
    """The kind of statistics that a merger needs of every task, `EXAMPLES` among them, or None."""
    kind: str | None = MERGERS.constant(method, "STATISTICS")
    return kind
