"""Which library files a script depends on, found by reading imports instead of running them.

Rules list these files with their content as params, so that editing one reruns exactly the jobs
that use it, and moving, touching or checking it out again reruns nothing.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2]
SCRIPTS = LIBRARY.parent / "workflow/scripts"
_PACKAGE = "mergeability"


def _locate(path: str) -> Path:
    return (LIBRARY if path.startswith(f"{_PACKAGE}/") else SCRIPTS) / path


def code_of(*roots: str) -> list[str]:
    """The files `roots` (relative to workflow/scripts) and all library files they import, sorted.

    Imports are followed transitively, those inside functions too. Modules that are imported by a
    computed name are not seen: pass them as further roots. `ValueError` for a root without a file.
    """
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        path = waiting.pop()
        if path not in found:
            if not _locate(path).is_file():
                raise ValueError(f"there is no library file {_locate(path)}")
            found.add(path)
            waiting.extend(_direct_imports(path))
    return sorted(found)


@cache
def code(*roots: str, beside: str | None = None) -> tuple[str, ...]:
    """`code_of` as one text per file, its path and a digest of its content.

    Without the files that `beside` depends on, where a rule lists those already.
    """
    listed = code_of(beside) if beside else []
    return tuple(f"{file} {_digest(file)}" for file in code_of(*roots) if file not in listed)


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(_locate(path).read_bytes()).hexdigest()[:16]


@cache
def _direct_imports(path: str) -> tuple[str, ...]:
    tree = ast.parse(_locate(path).read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    own = (name for name in names if name.split(".")[0] == _PACKAGE)
    return tuple(file for name in own for file in _files_of(name))


def _files_of(module: str) -> list[str]:
    """The file of a module or package; none for a name that is not a module."""
    base = module.replace(".", "/")
    candidates = (f"{base}.py", f"{base}/__init__.py")
    return [candidate for candidate in candidates if _locate(candidate).is_file()]
