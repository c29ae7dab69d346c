"""The families of metrics, as plain data. Cheap to import while a workflow is parsed."""

import ast
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mergeability.plugins import PACKAGE, Catalog, Methods, PluginError
from mergeability.suggestions import unknown

# The parts of a sketch (see `sketch` and `probe`), and what they are made from beside weights.
PARTS = {
    "task_vector": "weights",
    "subspace": "weights",
    "activation": "calibration",
    "gradient": "calibration",
    "outputs": "probes",
    "cross_outputs": "probes",
    "halfway_outputs": "probes",
    "probe_gradients": "probes",
}


class Family(NamedTuple):
    """What a family's module says of itself; see `mergeability.metrics.families`.

    `functions`: the metrics that each function gives, by its name; one or two.
    """

    title: str
    parts: tuple[str, ...]
    functions: Mapping[str, tuple[str, ...]]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of its metrics."""
        return tuple(name for names in self.functions.values() for name in names)

    @property
    def needs(self) -> set[str]:
        """What is looked at: `weights`, `calibration` samples, the larger set of `probes`."""
        return {PARTS[part] for part in self.parts}

    @property
    def needs_data(self) -> bool:
        """Whether images are looked at."""
        return self.needs != {"weights"}

    @property
    def of_any_architecture(self) -> bool:
        """Whether the updates of a pair are all that is looked at, whatever their tensors are."""
        return not self.needs_data and all(len(names) == 1 for names in self.functions.values())


_FAMILIES = Methods(PACKAGE / "metrics/families")


def _describe(family: str) -> Family:
    path, parts = _FAMILIES.path(family), _FAMILIES.constant(family, "PARTS")
    if not parts or not isinstance(parts, tuple):
        raise PluginError(f"{path}: PARTS must be a tuple of some of: {', '.join(PARTS)}")
    for problem in unknown(f"{path}: PARTS", parts, PARTS):
        raise PluginError(problem)
    title = _FAMILIES.constant(family, "TITLE") or family.replace("_", " ").capitalize()
    functions = [
        node
        for node in _FAMILIES.read_source(family)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    return Family(title, parts, {f.name: _metrics_of(f, f"{path}: {f.name}") for f in functions})


def _metrics_of(function: ast.FunctionDef, about: str) -> tuple[str, ...]:
    _, _, taken = ast.unparse(function.args).partition(": ")
    if taken == "SketchPair":
        return (function.name,)
    if taken == "DirectedPair":
        return f"{function.name}_sum", f"{function.name}_min"
    raise PluginError(
        f"{about} must take one argument with the type SketchPair or DirectedPair to be a metric; "
        "start the names of other functions with an underscore"
    )


# Those of arXiv 2601.22285: what predictors and analyses look at unless the config says otherwise.
PAPER_FAMILIES = ("task_vector", "effective_rank", "subspace", "activation", "gradient")

# In the order in which tables and figures show those that ship.
FAMILIES = Catalog(
    _FAMILIES,
    _describe,
    (*PAPER_FAMILIES, "single_update", "single_model", "interference", "cross_output", "halfway"),
)


def metric_names(families: Iterable[str] = PAPER_FAMILIES) -> list[str]:
    """Names of the metrics of `families`, in the order of `FAMILIES`."""
    chosen = set(families)
    return [name for key in FAMILIES if key in chosen for name in FAMILIES[key].metrics]


def parts_of(families: Iterable[str]) -> list[str]:
    """The parts of a sketch that some families look at, sorted."""
    return sorted({part for family in families for part in FAMILIES[family].parts})
