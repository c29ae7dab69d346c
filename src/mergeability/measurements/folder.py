"""Which files hold the measurements of a zoo, and which tasks they are about.

    mergeability/{name}/pairwise_metrics_N{tasks}.json
    {name}/{merger}/all_pairwise_summary_N{tasks}.json
    finetuning/accs.json
    mergeability/{name}/subset_rankings/actual_rankings/{merger}/summary.json

The last are merges of sets, where there are any. A variant of a zoo (another recipe) has its merges
in {name}/{merger}_{variant}, and its metrics, if it has any, in
mergeability/{name}_{variant}. Read while the workflow is parsed, with nothing but the standard
library.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mergeability.measurements.tables import mergers_and_tasks, read_measured_table
from mergeability.measurements.zero_shot import ZeroShot, find_zero_shot
from mergeability.naming import check_task_name, tasks_of
from mergeability.suggestions import unknown

PUBLISHED = (
    "the folder `results` of github.com/Rose-STL-Lab/demystifying-mergeability at commit 3d699e5f"
)
_PUBLISHED_NAMES = {"task_arithmetic": "arithmetic", "weight_average": "weight_avg"}


class Measurements(NamedTuple):
    """The files of one measured zoo, and its name in them, such as `ViT-B-16_AdamW`.

    The name is empty where the files are plain tables (see `tables`); mergers then share a file.
    `metrics` is None where only merges were measured. `sets` holds the mergers whose merges of sets
    were measured. `tasks` are sorted. `zero_shot` is None where the pretrained model was not
    tested.
    """

    name: str
    accuracies: str
    metrics: str | None
    merges: dict[str, str]
    tasks: tuple[str, ...]
    sets: dict[str, str]
    zero_shot: ZeroShot | None = None


def find_measurements(entry: Mapping[str, Any], mergers: tuple[str, ...]) -> Measurements:
    """The files of a zoo's `measurements` entry: `folder`, and optionally `name` and `variant`.

    Or plain tables: `pairs`, `singles` and optionally `sets`. Either may name `zero_shot`
    accuracies (see `zero_shot.find_zero_shot`).

    Without `name`, the folder must hold the metrics of one zoo only. Of several benchmarks (N8,
    N14, N20) the largest is taken. Raises `ValueError`, naming the missing file and the cure.
    """
    if "pairs" in entry:
        found = _find_tables(entry["pairs"], entry["singles"], entry.get("sets"), mergers)
    else:
        found = _find(entry["folder"], entry.get("name"), entry.get("variant"), mergers)
    if "zero_shot" not in entry:
        return found
    return found._replace(zero_shot=find_zero_shot(entry["zero_shot"], found.tasks))


@cache
def _find_tables(
    pairs: str, singles: str, sets: str | None, mergers: tuple[str, ...]
) -> Measurements:
    known, tasks = mergers_and_tasks(read_measured_table("pairs", pairs))
    if absent := next(unknown(f"{pairs}: merger", mergers, known), None):
        raise ValueError(f"{absent}; leave it out of `mergers`")
    own = set(read_measured_table("singles", singles)["task"])
    if lacking := sorted(set(tasks) - own):
        raise ValueError(f"{singles}: lacks the tasks {', '.join(lacking)}")
    of_sets = set(read_measured_table("sets", sets)["merger"]) if sets else set()
    return Measurements(
        "",
        singles,
        None,
        dict.fromkeys(mergers, pairs),
        tasks,
        {merger: str(sets) for merger in mergers if merger in of_sets},
    )


@cache
def _find(
    folder: str, name: str | None, variant: str | None, mergers: tuple[str, ...]
) -> Measurements:
    root = Path(folder)
    if not root.is_dir():
        raise ValueError(f"there is no folder {folder}; set `folder` to where the files are")
    if not _zoos(root):
        raise ValueError(
            f"{folder} holds no measurements: there is no folder {root}/mergeability/<name>; "
            f"set `folder` to {PUBLISHED}, or to one of that layout"
        )
    name = name or _only_zoo(root)
    suffix = f"_{variant}" if variant else ""
    accuracies = root / "finetuning/accs.json"
    if not accuracies.is_file():
        raise ValueError(
            f"{accuracies} does not exist; it holds the single-task accuracies, as in {PUBLISHED}"
        )
    metrics = _largest(root / "mergeability" / f"{name}{suffix}", "pairwise_metrics")
    if metrics is None and not variant:
        raise ValueError(
            f"there is no pairwise_metrics_N*.json in {root}/mergeability/{name}; set `name` to "
            f"one of: {', '.join(_zoos(root))}"
        )
    known = _variants(root / name, mergers)
    if variant and variant not in known:
        raise ValueError(next(unknown(f"merges in {root / name}: variant", [variant], known)))
    merges = {merger: _merges(root / name, merger, suffix) for merger in mergers}
    return Measurements(
        name,
        str(accuracies),
        str(metrics) if metrics else None,
        merges,
        _tasks(metrics or next(iter(merges.values()))),
        _sets(root / "mergeability" / f"{name}{suffix}", mergers),
    )


def _zoos(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "mergeability").glob("*") if path.is_dir())


def _only_zoo(root: Path) -> str:
    zoos = _zoos(root)
    if len(zoos) != 1:
        raise ValueError(
            f"{root}/mergeability holds {len(zoos)} zoos; set `name` to one of: {', '.join(zoos)}"
        )
    return zoos[0]


def _largest(folder: Path, stem: str) -> Path | None:
    """The file `{stem}_N{tasks}.json` with the most tasks."""
    sizes = {
        int(found[1]): path
        for path in folder.glob(f"{stem}_N*.json")
        if (found := re.fullmatch(rf"{stem}_N(\d+)", path.stem))
    }
    return sizes[max(sizes)] if sizes else None


def _variants(zoo: Path, mergers: Iterable[str]) -> list[str]:
    """The variants of a zoo in which some of the mergers were measured."""
    starts = {f"{name}_" for merger in mergers for name in _folder_names(merger)}
    folders = [path.name for path in zoo.glob("*") if _largest(path, "all_pairwise_summary")]
    return sorted({name[len(s) :] for name in folders for s in starts if name.startswith(s)})


def _folder_names(merger: str) -> list[str]:
    return list(dict.fromkeys([merger, _PUBLISHED_NAMES.get(merger, merger)]))


def _merges(zoo: Path, merger: str, suffix: str) -> str:
    names = _folder_names(merger)
    for name in names:
        if found := _largest(zoo / f"{name}{suffix}", "all_pairwise_summary"):
            return str(found)
    folders = " or ".join(f"{zoo / name}{suffix}" for name in names)
    raise ValueError(
        f"merger {merger!r} was not measured: no all_pairwise_summary_N*.json in {folders}; "
        "leave it out of `mergers`"
    )


def _sets(zoo: Path, mergers: Iterable[str]) -> dict[str, str]:
    """The files with merges of sets, by merger."""
    folder = zoo / "subset_rankings/actual_rankings"
    return {
        merger: str(path)
        for merger in mergers
        for name in _folder_names(merger)
        if (path := folder / name / "summary.json").is_file()
    }


def _tasks(path: str | Path) -> tuple[str, ...]:
    content: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    if "metrics" in content:
        pairs = {pair for values in content["metrics"].values() for pair in values["pairs"]}
    else:
        pairs = set(content)
    return tuple(map(check_task_name, tasks_of(pairs)))
