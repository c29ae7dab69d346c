"""Fetching a task's Parquet files: which, and what came."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mergeability.datasets.hub.parquet import count_rows
from mergeability.datasets.hub.task import Task
from mergeability.hub import download_file, list_files, resolve_revision
from mergeability.joblog import progress


def download_task(task: Task, cache: str | Path) -> dict[str, Any]:
    """Fetch both splits of a task into `cache` and say what came, in a form for JSON.

    The manifest has `repository`, `revision` (the commit) and `files`: per file its `split`, `name`
    in the repository, `path` below the cache, `size` in bytes, `sha256` and number of `rows`.
    Raises `ValueError` where a split has no files or not the rows that the task states, and
    what `mergeability.hub.download_file` raises.
    """
    revision = resolve_revision(task.repository, repo_type="dataset", revision=task.revision)
    listed = list_files(task.repository, repo_type="dataset", revision=revision)
    wanted = [(split, name) for split in task.splits for name in _files_of(task, split, listed)]
    files = [
        _fetch(task, split, name, revision, Path(cache).expanduser().resolve())
        for split, name in progress(wanted, len(wanted), f"downloading {task.name}")
    ]
    for split in task.splits:
        _check_rows(task, split, sum(file["rows"] for file in files if file["split"] == split))
    return {"repository": task.repository, "revision": revision, "files": files}


def _check_rows(task: Task, split: str, rows: int) -> None:
    expected = task.splits[split].rows
    if rows == 0 or expected not in {None, rows}:
        raise ValueError(
            f"task {task.name!r}: split {split!r} of {task.repository} has {rows} rows, expected "
            f"{expected or 'some'}; pin the revision, or correct splits.{split}"
        )


def _files_of(task: Task, split: str, listed: Sequence[str]) -> list[str]:
    pattern = task.splits[split].files
    found = [name for name in listed if fnmatchcase(name, pattern)]
    if not found:
        there = [name for name in listed if name.endswith(".parquet")]
        raise ValueError(
            f"task {task.name!r}: no file of {task.repository} is like {pattern!r}; correct "
            f"splits.{split}.files; its Parquet files: {', '.join(there[:20]) or 'none'}"
        )
    return found


def _fetch(task: Task, split: str, name: str, revision: str, cache: Path) -> dict[str, Any]:
    download = download_file(
        task.repository, name, repo_type="dataset", revision=revision, cache=cache
    )
    return {
        "split": split,
        "name": name,
        "path": download.path.relative_to(cache).as_posix(),
        "size": download.size,
        "sha256": download.sha256,
        "rows": count_rows(download.path),
    }
