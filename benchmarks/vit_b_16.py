"""All 28 metrics of all pairs of ViT-B/16 checkpoints: `python benchmarks/vit_b_16.py`.

Makes 20 checkpoints of that size with random weights and 10 random images per task, sketches every
checkpoint and combines all pairs through the functions that the rules call, and prints seconds and
peak memory. `--checkpoints` and `--pairs` shorten it; totals are of 20 and 190 all the same. Beside
them stand the published way (`published_pair` in `vit_b_16_stages.py`), timed on 2 pairs, and the
least there is to do: one forward pass, one backward pass and one SVD per checkpoint, and one look
at every byte of a pair. Every stage runs in a process of its own. Ratios depend little on the
machine, seconds do.

A full run takes half an hour on two idle cores, and 15 GB of disk while it lasts. Memory should
hold the sketches (0.7 GB each): otherwise the time of pairs is that of the disk.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from stopwatch import Lap, Laps, Stopwatch

from mergeability.files import map_tensors
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.registry import PAPER_FAMILIES, parts_of

TASKS = [f"task{number:02d}" for number in range(20)]
PAIRS = len(TASKS) * (len(TASKS) - 1) // 2
SAMPLES = 10  # calibration images per task
SETTINGS = {"parts": parts_of(PAPER_FAMILIES), "subspace_rank": 10, "spectrum_size": 100}
REPEATED = {"activations": 4, "gradients": 6}  # passes that the published way makes per metric


class Measured(NamedTuple):
    """The stages of a process, and the seconds from its start to its end."""

    laps: Laps
    seconds: float


def measure(stage: str, *arguments: Any) -> Measured:
    """Run a function of `vit_b_16_stages`, or `pairs`, in a new process, as a job would be."""
    start = perf_counter()
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        laps = pool.submit(_run, stage, arguments).result()
    return Measured(laps or {}, perf_counter() - start)


def _run(stage: str, arguments: Sequence[Any]) -> Laps:
    if stage == "pairs":  # a job for a pair imports no torch
        return pairs(*arguments)
    import vit_b_16_stages  # noqa: PLC0415

    return getattr(vit_b_16_stages, stage)(*arguments)


def pairs(paths: Sequence[tuple[Path, Path]], threads: int) -> Laps:
    """Metrics of every pair, and all numbers of its files added up: mapped, and from memory."""
    watch = Stopwatch()
    for pair in paths:
        for path in pair:
            path.read_bytes()
        watch.stop("reading the files")  # from the disk, where memory no longer holds them
        compute_pair_metrics(*pair, PAPER_FAMILIES, threads)
        watch.stop("metrics")
        arrays = [array for path in pair for array in map_tensors(path).values()]
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(np.sum, arrays))
            watch.stop("reading the mapped bytes")
            arrays = [array.copy() for array in arrays]
            watch.stop("copying the bytes")
            list(pool.map(np.sum, arrays))
            watch.stop("reading the bytes in memory")
        del arrays
    return {name: Lap(lap.seconds / len(paths), lap.gigabytes) for name, lap in watch.laps.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=int, default=len(TASKS), help="2 or more")
    parser.add_argument("--pairs", type=int, help="combine only so many pairs")
    parser.add_argument("--batch-size", type=int, default=4, help="images per batch of a sketch")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, help="where files are kept while it runs")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        run(Path(folder), arguments)


def run(folder: Path, arguments: argparse.Namespace) -> None:
    """All stages, with their files in `folder`."""
    tasks, batch_size = TASKS[: arguments.checkpoints], arguments.batch_size
    chosen = list(combinations(tasks, 2))[: arguments.pairs]
    measure("make_base", folder, TASKS, SAMPLES)
    sketched = []
    for task in tasks:
        measure("make_checkpoint", folder, task)
        sketched.append(measure("sketch_task", folder, task, TASKS, SETTINGS, batch_size))
        if task not in tasks[:3]:  # the others are not looked at again
            (folder / f"{task}.safetensors").unlink()
    sketch = mean([entry.laps for entry in sketched])
    show(f"Sketch of a checkpoint, mean of {len(tasks)}", sketch)
    floor = measure("floor", folder, tasks[0], TASKS, batch_size).laps
    show("The least: each pass once for a checkpoint", floor)

    files = [tuple(folder / f"{task}.sketch.safetensors" for task in pair) for pair in chosen]
    pair = measure("pairs", files, arguments.threads).laps
    show(f"A pair, mean of {len(files)}", pair)
    published = mean([measure("published_pair", folder, pair, TASKS).laps for pair in chosen[:2]])
    show("The published way: passes over both models of a pair", published)
    evaluation = measure("evaluate", folder, tasks[0], 64, 16).laps
    show("Evaluation of 64 images", evaluation)

    report(sketch, floor, pair, published)
    rates = [evaluation[name].seconds for name in ("DataLoader", "workflow")]
    show_ratio("images per second: workflow / DataLoader", rates[0] / rates[1])
    jobs = sum(entry.seconds for entry in sketched) / len(sketched)
    print(f"A sketch takes {jobs - total(sketch):.1f} s more with the start of its process.")


def report(sketch: Laps, floor: Laps, pair: Laps, published: Laps) -> None:
    """Totals of 20 checkpoints and 190 pairs, and ratios."""
    metrics = pair["metrics"].seconds
    ours = len(TASKS) * total(sketch) + PAIRS * metrics
    each = sum(REPEATED.get(name, 1) * lap.seconds for name, lap in published.items())
    shared = total(published)
    print(f"\nTotals of {len(TASKS)} checkpoints and {PAIRS} pairs, in minutes")
    for name, seconds in {
        "workflow": ours,
        "as published": PAIRS * each,
        "every pass once per pair": PAIRS * shared,
    }.items():
        print(f"  {name:44s}{seconds / 60:10.1f}")
    print("\nRatios of seconds")
    show_ratio("as published / workflow", PAIRS * each / ours)
    show_ratio("every pass once per pair / workflow", PAIRS * shared / ours)
    show_ratio("sketch / each pass once", total(sketch) / total(floor))
    for name in ("reading the mapped bytes", "reading the bytes in memory"):
        show_ratio(f"metrics of a pair / {name}", metrics / pair[name].seconds)


def mean(laps: Sequence[Laps]) -> Laps:
    """Mean seconds and largest memory of every stage."""
    return {
        name: Lap(
            sum(entry[name].seconds for entry in laps) / len(laps),
            max(entry[name].gigabytes for entry in laps),
        )
        for name in laps[0]
    }


def total(laps: Mapping[str, Lap]) -> float:
    """Seconds of all stages."""
    return sum(lap.seconds for lap in laps.values())


def show(title: str, laps: Laps) -> None:
    """Print one block."""
    print(f"\n{title}\n  {'':36s}{'s':>10s}{'peak GB':>10s}")
    for name, lap in laps.items():
        print(f"  {name:36s}{lap.seconds:10.2f}{lap.gigabytes:10.2f}")
    sys.stdout.flush()


def show_ratio(title: str, value: float) -> None:
    """Print one ratio."""
    print(f"  {title:52s}{value:10.2f}")


if __name__ == "__main__":
    main()
