"""What functions and classes of SymPy are for, by field of mathematics."""

import ast
from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import text_of

PACKAGE = "sympy"
TEMPLATES = ("{}", "a function for {}", "a computer algebra routine about {}")
CLASSES = {
    "assumptions": "assumptions on expressions",
    "codegen": "generation of source code",
    "combinatorics": "combinatorics and permutation groups",
    "functions": "special functions",
    "geometry": "geometry",
    "integrals": "integrals",
    "logic": "logic",
    "matrices": "matrices",
    "ntheory": "number theory",
    "physics": "physics",
    "plotting": "plots",
    "polys": "polynomials",
    "printing": "printing of formulas",
    "series": "series and limits",
    "sets": "sets",
    "simplify": "simplification of expressions",
    "solvers": "solving of equations",
    "stats": "probability and statistics",
    "tensor": "tensors",
    "vector": "vectors and fields",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """The first paragraph of every docstring outside of tests, and names of subpackages."""
    for name in wheel.namelist():
        package, _, rest = name.removeprefix("sympy/").partition("/")
        if package in CLASSES and rest.endswith(".py") and "tests/" not in rest:
            for node in ast.walk(ast.parse(text_of(wheel, name))):
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    yield (ast.get_docstring(node) or "").split("\n\n")[0], package
