"""Digests of the code behind a rule, found by reading imports instead of running them.

Rules list the files of a script with their content as a param. Editing a file then reruns exactly
the jobs that use it; moving, touching or checking it out again reruns nothing.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

_PACKAGE = "mergeability"
_ABOVE = Path(__file__).resolve().parents[2]

# Parsing every file would take longer than all other reading of the rules.
_IMPORT = re.compile(
    rf"^[ \t]*(?:from[ ]+({_PACKAGE}[\w.]*)[ ]+import[ ]+(\([^)]*\)|[^\n]+)|import[ ]+([^\n]+))",
    re.MULTILINE,
)

Modules = Callable[[Any], Iterable[str]]


class Code:
    """The param `code` of a rule: one text per file, its path and a digest of its content."""

    def __init__(self, locate: Callable[[str], str | Path]) -> None:
        """`locate` gives the path of a script by its name below `workflow/scripts`."""
        self._locate = cache(lambda script: Path(locate(script)))
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __call__(
        self, script: str, *modules: str | Modules
    ) -> tuple[str, ...] | Callable[[Any], tuple[str, ...]]:
        """What a script depends on, and further modules that it imports by a computed name.

        A module is a dotted name below the package, or a function of wildcards that gives several.
        A name with a slash is a pattern of data files below the package.
        """
        fixed = [name for name in modules if isinstance(name, str)]
        asked = [name for name in modules if not isinstance(name, str)]
        if not asked:
            return self._digests(script, *fixed)
        return lambda wildcards: self._digests(
            script, *fixed, *chain(*(names(wildcards) for names in asked))
        )

    def files(self, script: str, *modules: str) -> list[str]:
        """The script and all files of the library it imports, also inside functions; sorted."""
        waiting = list(chain(*map(_files_of_root, modules)))
        waiting += imports_of(self._locate(script))
        found = set()
        while waiting:
            file = waiting.pop()
            if file not in found:
                found.add(file)
                waiting += _library_imports(file)
        return [script, *sorted(found)]

    def _digests(self, *key: str) -> tuple[str, ...]:
        if key not in self._known:
            script, *files = self.files(*key)
            own = f"{script} {digest_of(self._locate(script))}"
            self._known[key] = (own, *(f"{file} {_library_digest(file)}" for file in files))
        return self._known[key]


def digest_of(path: Path) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def imports_of(path: Path) -> list[str]:
    """The files of the library that a file imports."""
    if path.suffix != ".py":
        return []
    names: set[str] = set()
    for package, listed, modules in _IMPORT.findall(path.read_text(encoding="utf-8")):
        words = re.findall(r"[\w.]+", listed or modules)
        names.update([package, *(f"{package}.{word}" for word in words)] if package else words)
    return [f for name in names if name.split(".")[0] == _PACKAGE for f in _files_of(name)]


@cache
def _library_digest(file: str) -> str:
    return digest_of(_ABOVE / file)


@cache
def _library_imports(file: str) -> tuple[str, ...]:
    return tuple(imports_of(_ABOVE / file))


@cache
def _files_of(module: str) -> tuple[str, ...]:
    """The file of a module or package; none for a name that is not a module."""
    base = module.replace(".", "/")
    return tuple(f for f in (f"{base}.py", f"{base}/__init__.py") if (_ABOVE / f).is_file())


@cache
def _files_of_root(name: str) -> tuple[str, ...]:
    if "/" in name:
        found = tuple(str(p.relative_to(_ABOVE)) for p in (_ABOVE / _PACKAGE).glob(name))
    else:
        found = _files_of(f"{_PACKAGE}.{name}")
    if not found:
        raise ValueError(f"the library has no file for {name!r}")
    return found
