"""Measure, predict and explain how well fine-tuned encoders merge.

The library behind the workflow: pure Python, unaware of Snakemake. Start with
`naming` (vocabulary), then `mergers`, `metrics` and `prediction`.

`mergeability.compare` and `mergeability.merge` take any checkpoints in files; docs/command.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mergeability.comparison import compare as compare
    from mergeability.merging import merge as merge

_PUBLIC = {"compare": "comparison", "merge": "merging"}


def __getattr__(name: str) -> Any:
    """What is public is imported when it is used: pandas and torch take seconds."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'mergeability' has no attribute {name!r}")
    return getattr(import_module(f"mergeability.{_PUBLIC[name]}"), name)
