"""Models evaluated by commands: one per task, of the user's own, that leaves a score in JSON."""

import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mergeability.checkpoints.alignment import Checkpoint
from mergeability.checkpoints.opening import Weights
from mergeability.joblog import logger
from mergeability.merging import write_checkpoint, write_merge
from mergeability.scores import Score, summarize_merge, summarize_single
from mergeability.sets.names import split_set
from mergeability.suggestions import suggestion

Command = Mapping[str, Any]


def evaluate_checkpoint(
    base: Weights, task: str, checkpoint: Checkpoint, command: Command, scratch: str | Path
) -> dict[str, Any]:
    """The scores of a checkpoint and of its base on the task, as the content of their file.

    The checkpoint is written as merges are, into a temporary folder below `scratch`: what both are
    worth then differs by the merge alone. See `run_command` for errors.
    """
    zero_shot = run_command(task, command, base.path)
    with _place_for(base, scratch) as model:
        write_checkpoint(base, task, checkpoint, model)
        return summarize_single(task, zero_shot, run_command(task, command, model))


def evaluate_merge(
    base: Weights,
    checkpoints: Mapping[str, Checkpoint],
    merger: str,
    merged: str,
    settings: Mapping[str, Any],
    commands: Mapping[str, Command],
    singles: Mapping[str, float],
    scratch: str | Path,
) -> dict[str, Any]:
    """The scores of a merge on its tasks, as the content of their file.

    `merged` is the name of a pair or set, `merger` that of a config entry with the `settings`
    method, parameters and seed. `singles` are the scores of the tasks' own checkpoints. The merge
    lies in a temporary folder below `scratch` until it is evaluated.
    """
    tasks = split_set(merged)
    with _place_for(base, scratch) as model:
        write_merge(
            base, {task: checkpoints[task] for task in tasks}, model, name=merger, **settings
        )
        scores = {task: run_command(task, commands[task], model) for task in tasks}
    return summarize_merge(merger, merged, scores, singles)


def run_command(task: str, command: Command, model: Path) -> Score:
    """The score that a command gives a model on a task.

    `run` is a line for bash, which stops at the first error. `{model}`, `{out}` and `{task}` stand
    in it for the model, for the JSON file to write, and for the task. A file of JSON that the
    command calls otherwise does too, where it is the only one beside `{out}`. `score` is the key of
    the score there, or the keys that lead to it; `{task}` may stand in them. The command's output
    goes to the log.

    Raises `ValueError`, one line with the task, where the command fails, and where it leaves no
    such key, or there no number from 0.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        line = command["run"]
        for part, value in (("model", model.absolute()), ("out", out), ("task", task)):
            line = line.replace(f"{{{part}}}", shlex.quote(str(value)))
        _run(task, line)
        found = [out] if out.is_file() else sorted(Path(folder).rglob("*.json"))
        if len(found) != 1:
            named = ", ".join(path.name for path in found) or "none"
            raise ValueError(
                f"task {task}: the command must leave one file of JSON at {{out}}, not {named}: "
                f"{line}"
            )
        try:
            content = json.loads(found[0].read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"task {task}: the command left no JSON ({error}): {line}") from error
    keys = command["score"] if isinstance(command["score"], list) else [command["score"]]
    return Score(_number_at(task, [key.replace("{task}", task) for key in keys], content))


@contextmanager
def _place_for(base: Weights, scratch: str | Path) -> Iterator[Path]:
    """Where to write a model in the form of the base for a while: a folder, or a file as it is."""
    with TemporaryDirectory(dir=scratch) as folder:
        yield Path(folder) / ("model" if base.path.is_dir() else "model.safetensors")


def _run(task: str, line: str) -> None:
    logger.info("task %s: %s", task, line)
    last = "no output"
    command = ["bash", "-euo", "pipefail", "-c", line]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for said in process.stdout or ():
            logger.info("%s", said.rstrip())
            last = said.strip() or last
    if process.returncode:
        raise ValueError(
            f"task {task}: the command ended with {process.returncode} ({last}): {line}"
        )


def _number_at(task: str, keys: list[str], content: Any) -> float:
    for depth, key in enumerate(keys):
        if not isinstance(content, Mapping) or key not in content:
            place = f" under {', '.join(keys[:depth])}" if depth else ""
            known = content if isinstance(content, Mapping) else ()
            raise ValueError(
                f"task {task}: its result has no key {key!r}{place}{suggestion(key, known)}"
            )
        content = content[key]
    number = isinstance(content, int | float) and not isinstance(content, bool)
    if not number or not isfinite(content) or content < 0:
        raise ValueError(
            f"task {task}: its score is {content!r}; expected a number from 0, where more is better"
        )
    return float(content)
