"""Check that no name of a config meets a name of the workflow's own files."""

from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.sets.names import SET_PREDICTOR
from mergeability.workflow.paths import taken_names

_PLACES = {
    "zoo": ("zoos",),
    "merger": ("mergers",),
    "predictor": ("prediction", "predictors"),
    "dataset": ("datasets",),
    "backbone": ("backbones",),
    "comparison": ("comparisons",),
    "recommendation": ("recommendations",),
}


def name_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Names of entries that files or tables of the workflow have, one line each."""
    for wildcard, place in _PLACES.items():
        entries: Mapping[str, Any] = config
        for key in place:
            entries = entries.get(key, {})
        taken = taken_names(wildcard) | ({SET_PREDICTOR} if wildcard == "predictor" else set())
        for name in sorted(taken & entries.keys()):
            yield f"{'.'.join(place)}.{name}: the workflow uses this name itself; choose another"
