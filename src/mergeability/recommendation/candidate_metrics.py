"""Describe checkpoints that were never merged, by the metrics of all their pairs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd

from mergeability.checkpoints.importing import import_checkpoint
from mergeability.checkpoints.soundness import MisfitError, UnusableError, is_rounded
from mergeability.checkpoints.sources import locate
from mergeability.files import Tensors, map_tensors, write_tensors
from mergeability.joblog import logger, progress
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
    left_out: dict[str, str] | None = None,
) -> pd.DataFrame:
    """The metrics of all pairs of candidates, sorted: task_a, task_b, and a column per metric.

    `settings` are those of sketches. One checkpoint is held in memory at a time; weights and
    sketches lie in a temporary folder (TMPDIR) until the pairs are done.

    Candidates that `check_update` finds unusable, and those with the weights of another, are left
    out: each is a warning, and `left_out` receives its name and the reason. Raises `ValueError`
    where fewer than two remain, and, naming the file, for a checkpoint that does not fit the
    backbone: metrics compare updates of the same weights.
    """
    weights = map_tensors(pretrained)
    left_out = {} if left_out is None else left_out
    with TemporaryDirectory() as folder, _naming_sources(folder, candidates):
        checkpoints: dict[str, Path] = {}
        for name in progress(sorted(candidates), len(candidates), "Reading candidates"):
            path = Path(folder) / f"checkpoints/{name}.safetensors"
            try:
                write_tensors(path, _read(candidates[name], weights, checkpoints))
                checkpoints[name] = path
            except UnusableError as error:
                left_out[name] = str(error)
                logger.warning("%s (candidate %s is left out)", error, name)
            except MisfitError as error:
                raise ValueError(
                    f"{error}; metrics need the zoo's backbone: name `proxies` and leave "
                    "`learn_from` out, and candidates of another backbone are ranked by their tasks"
                ) from None
        names = sorted(checkpoints)
        if len(names) < 2:
            raise ValueError(
                f"{len(names)} of {len(candidates)} candidates can be compared, a pair needs two; "
                f"left out: {'; '.join(left_out.values())}"
            )
        sketches = {name: Path(folder) / f"sketches/{name}.safetensors" for name in names}
        for name in progress(names, len(names), "Sketching candidates"):
            subject = read_sketch_inputs(
                pretrained, checkpoints[name], candidates[name].files, device
            )
            parts = sketch(subject, dict(settings), batch_size)
            about = {"settings": settings, "task": name, "source": str(candidates[name].source)}
            write_tensors(sketches[name], parts, about)
        pairs = list(combinations(names, 2))
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
def _naming_sources(folder: str, candidates: Mapping[str, Candidate]) -> Iterator[None]:
    """Errors name the files of candidates, not those in a temporary folder."""
    try:
        yield
    except ValueError as error:
        message = str(error)
        for name, candidate in candidates.items():
            for temporary in ("checkpoints", "sketches"):
                path = f"{folder}/{temporary}/{name}.safetensors"
                message = message.replace(path, str(candidate.source))
        if message == str(error):
            raise
        raise ValueError(message) from None


def _read(candidate: Candidate, pretrained: Tensors, others: Mapping[str, Path]) -> Tensors:
    """The weights of a candidate; `others` are files with those of candidates read before."""
    source = locate(candidate.source, candidate.entry.get("sha256"))
    allow_pickle = bool(candidate.entry.get("allow_pickle", False))
    weights = import_checkpoint(source.path, pretrained, allow_pickle).tensors
    for name, path in others.items():
        other = map_tensors(path)
        if is_rounded(weights, other) or is_rounded(other, weights):
            raise UnusableError(f"{source.path}: the weights of candidate {name} once more")
    return weights
