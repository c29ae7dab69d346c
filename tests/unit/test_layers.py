"""The science knows neither configs nor paths nor Snakemake."""

import ast

import pytest
from workspace import ROOT

LIBRARY = ROOT / "src/mergeability"
ABOVE = ("mergeability.workflow", "mergeability.cli", "snakemake")
SCIENCE = [
    path
    for path in sorted(LIBRARY.rglob("*.py"))
    if path.relative_to(LIBRARY).parts[0] not in ("workflow", "cli", "__main__.py")
]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_is_a_science():
    assert {"mergers", "metrics", "prediction"} <= {
        p.relative_to(LIBRARY).parts[0] for p in SCIENCE
    }


@pytest.mark.parametrize("path", SCIENCE, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_the_science_imports_nothing_above_it(path):
    assert [
        name for name in imports(path) if f"{name}.".startswith(tuple(f"{a}." for a in ABOVE))
    ] == []


@pytest.mark.parametrize("path", sorted((LIBRARY / "workflow").rglob("*.py")), ids=lambda p: p.stem)
def test_what_a_config_stands_for_is_no_matter_of_snakemake(path):
    assert [name for name in imports(path) if name.split(".")[0] == "snakemake"] == []
