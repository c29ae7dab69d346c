"""Choose the parameter of a merger by the accuracy of merged pairs on validation images."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mergeability.backbones.encoder import Encoder, read_models
from mergeability.evaluation import evaluate_tasks
from mergeability.files import read_json
from mergeability.joblog import logger, progress
from mergeability.mergers import merge_checkpoints
from mergeability.naming import split_pair, tasks_of
from mergeability.plugins import MERGERS
from mergeability.scores import summarize_merge
from mergeability.task_examples import read_statistics
from mergeability.tensors import TensorMap
from mergeability.tuning.parameters import choose, tuned_parameter, with_value

Files = Mapping[str, str | Path]  # by task


def tune_merger(
    encoder: Encoder,
    pretrained: TensorMap,
    files: Mapping[str, Files],
    pairs: Sequence[str],
    merger: str,
    merging: Mapping[str, Any],
    batch_size: int,
) -> dict[str, Any]:
    """Try every candidate on every pair; the content of the tuning file.

    `files` holds the `checkpoints`, `heads` and `validation` samples of each task, and its
    `statistics` or `calibration` samples where the method asks for some. `accuracies` has the
    normalised accuracy of each candidate on validation images, as a mean over `pairs`; checkpoints
    are normalised by their accuracy on the same images. `chosen` is the best candidate, the
    smaller one of equals.
    """
    parameter, candidates = tuned_parameter(merging["parameters"])
    singles = {}
    for task in tasks_of(pairs):
        encoder.load(read_models(files["checkpoints"], [task], encoder.device)[task])
        singles[task] = _scores(encoder, files, [task], batch_size)[task].accuracy
    reached: dict[float, list[float]] = {value: [] for value in candidates}
    for pair in progress(pairs, len(pairs), f"tuning {merger}"):
        tasks = split_pair(pair)
        checkpoints = read_models(files["checkpoints"], tasks, encoder.device)
        statistics = read_statistics(files, tasks, encoder, batch_size)
        merge = partial(
            merge_checkpoints, pretrained, checkpoints, name=merger, statistics=statistics
        )
        for value, merged in _candidates(merge, merging, pretrained):
            encoder.load(merged)
            scores = _scores(encoder, files, tasks, batch_size)
            summary = summarize_merge(merger, pair, scores, singles)
            reached[value].append(summary["mean"]["normalized_accuracy"])
    accuracies = {value: float(np.mean(values)) for value, values in reached.items()}
    chosen = choose(accuracies)
    if chosen in (candidates[0], candidates[-1]):
        logger.warning("%s: the best %s is at the end of its range: %s", merger, parameter, chosen)
    return {
        "merger": merger,
        "parameter": parameter,
        "chosen": chosen,
        "n_pairs": len(pairs),
        "accuracies": [
            {"value": value, "normalized_accuracy": accuracy}
            for value, accuracy in accuracies.items()
        ],
    }


def _candidates(
    merge: Callable[..., TensorMap], merging: Mapping[str, Any], pretrained: TensorMap
) -> Iterator[tuple[float, TensorMap]]:
    """The merge with every candidate: one that is rescaled, where the method allows it."""
    parameter, candidates = tuned_parameter(merging["parameters"])
    linear = MERGERS.constant(merging["method"], "LINEAR") == parameter
    once = merge(**with_value(merging, 1.0)) if linear else {}
    for value in candidates:
        rescaled = {n: pretrained[n] + value * (once[n] - pretrained[n]) for n in once}
        yield value, rescaled or merge(**with_value(merging, value))


def _scores(
    encoder: Encoder, files: Mapping[str, Files], tasks: Sequence[str], batch_size: int
) -> dict[str, Any]:
    return evaluate_tasks(encoder, files["heads"], files["validation"], tasks, batch_size)


def tuned_settings(merging: Mapping[str, Any], path: str | Path | None) -> dict[str, Any]:
    """The settings of a merge with the value that the tuning file `path` holds.

    Without a file nothing is tuned, and settings stay as they are.
    """
    return dict(merging) if path is None else with_value(merging, read_json(path)["chosen"])
