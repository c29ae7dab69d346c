"""Records of models that stay where they are: each stands for the content of its files."""

from pathlib import Path
from typing import Any

from mergeability.checkpoints.alignment import Checkpoint
from mergeability.checkpoints.opening import Weights
from mergeability.checkpoints.recorded import Source, open_base, open_checkpoint
from mergeability.checkpoints.soundness import UnusableError
from mergeability.checkpoints.sources import checksums
from mergeability.comparison import compare_checkpoints, why_unusable
from mergeability.joblog import logger


def record_base(source: Source) -> dict[str, Any]:
    """The record of a base: its source, its `kind` and, by name, the SHA-256 of its `files`."""
    return _record(source, open_base(source).kind)


def record_checkpoint(task: str, source: Source, base: dict[str, Any]) -> dict[str, Any]:
    """The record of a checkpoint beside the record of its base, once all its weights were read.

    Keys: `task`, `base`, `source` (as of the base), and `coverage`, names of tensors by what was
    done with them. For errors see `open_usable`.
    """
    checkpoint = open_usable(source, open_base(base))
    return {
        "task": task,
        "base": base,
        "source": _record(source, checkpoint.kind),
        "coverage": checkpoint.coverage.counts(),
    }


def open_usable(source: Source, base: Weights) -> Checkpoint:
    """The checkpoint that a source names, once all its weights were read beside the base.

    Raises `UnusableError`, naming file and cure, for the base itself in any precision, diverged
    weights, NaN and infinity. For what cannot be read or does not belong to the base, see
    `open_source` and `align`.
    """
    checkpoint = open_checkpoint(source, base)
    for line in checkpoint.coverage.lines():
        logger.info("%s: %s", checkpoint.path, line)
    comparison = compare_checkpoints(base, [checkpoint])
    if reason := why_unusable(comparison.measures):
        raise UnusableError(f"{checkpoint.path}: {reason}; name a fine-tuned checkpoint")
    for warning in comparison.warnings:
        logger.warning("%s", warning)
    return checkpoint


def _record(source: Source, kind: str) -> dict[str, Any]:
    path = Path(source["path"])
    about = {"path": str(path), "allow_pickle": source.get("allow_pickle", False)}
    return {**about, "kind": kind, "files": checksums(path)}
