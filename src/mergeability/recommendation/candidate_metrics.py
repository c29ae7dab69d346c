"""Describe checkpoints that were never merged, by the metrics of all their pairs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd

from mergeability.checkpoints.importing import import_checkpoint
from mergeability.checkpoints.sources import locate
from mergeability.files import Tensors, map_tensors, write_tensors
from mergeability.joblog import progress
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.sketching import AnyPath, DataFiles, read_sketch_inputs, sketch


class Candidate(NamedTuple):
    """A checkpoint in any layout that `import_checkpoint` knows, and what it is judged by.

    `entry` is what the config says of the file beside where it is: `sha256`, `allow_pickle`.
    """

    source: AnyPath
    entry: Mapping[str, Any]
    files: DataFiles | None


def describe_candidates(
    candidates: Mapping[str, Candidate],
    pretrained: AnyPath,
    families: Sequence[str],
    settings: Mapping[str, Any],
    batch_size: int,
    device: str,
    threads: int,
) -> pd.DataFrame:
    """The metrics of all pairs of candidates, sorted: task_a, task_b, and a column per metric.

    `settings` are those of sketches. One checkpoint is held in memory at a time; sketches lie in a
    temporary folder (TMPDIR) until the pairs are done. Raises `ValueError`, naming the file, for a
    checkpoint that does not fit the backbone.
    """
    names = sorted(candidates)
    weights = map_tensors(pretrained)
    with TemporaryDirectory() as folder:
        sketches = {name: Path(folder) / f"sketches/{name}.safetensors" for name in names}
        for name in progress(names, len(names), "Sketching candidates"):
            parts = _sketch(
                candidates[name], pretrained, weights, settings, batch_size, device, Path(folder)
            )
            write_tensors(sketches[name], parts, {"settings": settings, "task": name})
        pairs = list(combinations(names, 2))
        named = {sketches[name]: candidates[name].source for name in names}
        with _naming(named):
            rows = [
                {"task_a": a, "task_b": b}
                | {
                    found.metric: found.value
                    for found in compute_pair_metrics(sketches[a], sketches[b], families, threads)
                }
                for a, b in progress(pairs, len(pairs), "Comparing candidates")
            ]
    return pd.DataFrame(rows)


@contextmanager
def _naming(sources: Mapping[Path, AnyPath]) -> Iterator[None]:
    """Errors name the files of candidates, not those in a temporary folder."""
    try:
        yield
    except ValueError as error:
        message = str(error)
        for temporary, source in sources.items():
            message = message.replace(str(temporary), str(source))
        raise ValueError(message) from None


def _sketch(
    candidate: Candidate,
    pretrained: AnyPath,
    weights: Tensors,
    settings: Mapping[str, Any],
    batch_size: int,
    device: str,
    folder: Path,
) -> Tensors:
    source = locate(candidate.source, candidate.entry.get("sha256"))
    imported = import_checkpoint(
        source.path, weights, bool(candidate.entry.get("allow_pickle", False))
    )
    checkpoint = folder / "checkpoint.safetensors"
    write_tensors(checkpoint, imported.tensors)
    with _naming({checkpoint: candidate.source}):
        subject = read_sketch_inputs(pretrained, checkpoint, candidate.files, device)
        return sketch(subject, dict(settings), batch_size)
