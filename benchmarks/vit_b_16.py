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
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from mergeability.files import map_tensors
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.registry import FAMILIES

SETTINGS = {"families": list(FAMILIES), "subspace_rank": 10, "spectrum_size": 100}
TASKS = [f"task{number:02d}" for number in range(20)]
SAMPLES = 10  # calibration images per task
MERGERS = {"weight_average": {}, "task_arithmetic": {}, "tsv": {}, "ties": {}, "dare": {}}
PUBLISHED_TIMES = {"activations": 4, "gradients": 6}  # metrics that repeat the pass; others share


class Measured(NamedTuple):
    """What a stage returned, and what its process took."""

    laps: dict[str, float]
    seconds: float
    peak_mb: float


def measure(stage: str, *arguments: Any) -> Measured:
    """Run a stage in a new process, as a job would be."""
    start = perf_counter()
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        laps, peak = pool.submit(_run, stage, arguments).result()
    return Measured(laps, perf_counter() - start, peak)


def _run(stage: str, arguments: Sequence[Any]) -> tuple[dict[str, float], float]:
    if stage == "pairs":  # a pair job imports no torch
        laps = pair_seconds(*arguments)
    else:
        import vit_b_16_stages  # noqa: PLC0415

        laps = getattr(vit_b_16_stages, stage)(*arguments)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return laps or {}, int(status.split("VmHWM:")[1].split()[0]) / 1024


def pair_seconds(paths: Sequence[tuple[Path, Path]], threads: int) -> dict[str, float]:
    """Mean seconds to compute a pair's metrics, and to add up all numbers of its files."""
    laps = {"metrics": 0.0, "reading the bytes": 0.0}
    for pair in paths:
        start = perf_counter()
        compute_pair_metrics(*pair, SETTINGS["families"], threads)
        middle = perf_counter()
        arrays = [array for path in pair for array in map_tensors(path).values()]
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(np.sum, arrays))
        laps["metrics"] += (middle - start) / len(paths)
        laps["reading the bytes"] += (perf_counter() - middle) / len(paths)
    return laps


def mean_of(measured: Sequence[Measured]) -> dict[str, float]:
    """Mean seconds per lap."""
    return {
        name: sum(entry.laps[name] for entry in measured) / len(measured)
        for name in measured[0].laps
    }


def show(title: str, laps: Mapping[str, float], peak_mb: float, unit: str = "s") -> None:
    """Print one block of the report."""
    print(f"\n{title} (peak memory {peak_mb / 1000:.2f} GB)")
    for name, value in laps.items():
        print(f"  {name:34s}{value:9.2f} {unit}")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=int, default=20)
    parser.add_argument("--pairs", type=int, help="combine only so many pairs")
    parser.add_argument("--batch-size", type=int, default=4, help="images per batch of a sketch")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, help="where files are kept while it runs")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        run(Path(folder), arguments)


def run(folder: Path, arguments: argparse.Namespace) -> None:
    """All stages, in a folder."""
    tasks = TASKS[: arguments.checkpoints]
    pairs = list(combinations(tasks, 2))[: arguments.pairs]
    measure("make_base", folder, TASKS, SAMPLES)
    sketched = []
    for task in tasks:
        measure("make_checkpoint", folder, task)
        sketched.append(measure("sketch_task", folder, task, TASKS, SETTINGS, arguments.batch_size))
    show(f"Sketch of a checkpoint, mean of {len(tasks)}", mean_of(sketched), peak(sketched))
    floor = measure("floor", folder, tasks[0], TASKS, arguments.batch_size)
    show("The least: each pass once for a checkpoint", floor.laps, floor.peak_mb)

    files = [tuple(folder / f"{task}.sketch.safetensors" for task in pair) for pair in pairs]
    combined = measure("pairs", files, arguments.threads)
    show(f"Metrics of a pair, mean of {len(pairs)}", combined.laps, combined.peak_mb)
    start_up = measure("pairs", [], arguments.threads).seconds

    published = [measure("published_pair", folder, pair, TASKS) for pair in pairs[:2]]
    show(
        "Passes of the published way for both models of a pair", mean_of(published), peak(published)
    )

    evaluation = measure("evaluate", folder, tasks[0], 64, 32)
    show("Evaluation", evaluation.laps, evaluation.peak_mb, "images/s")
    for name, parameters in MERGERS.items():
        merger = {"method": name, "parameters": parameters}
        merged = measure("merge_pair", folder, pairs[0], merger)
        show(f"Merging a pair by {name}", merged.laps, merged.peak_mb)

    report(mean_of(sketched), combined.laps, floor.laps, mean_of(published))
    rates = evaluation.laps
    show_ratio(
        "evaluation / DataLoader, images per second", rates["workflow"] / rates["DataLoader"]
    )
    jobs = sum(entry.seconds for entry in sketched) / len(sketched)
    print(f"processes: {jobs:.1f} s per sketch, {start_up:.1f} s to start for a pair")


def report(
    sketch: Mapping[str, float],
    pair: Mapping[str, float],
    floor: Mapping[str, float],
    published: Mapping[str, float],
) -> None:
    """Totals of 20 checkpoints and 190 pairs, and their ratios."""
    checkpoints, pairs = len(TASKS), len(TASKS) * (len(TASKS) - 1) // 2
    ours = checkpoints * sum(sketch.values()) + pairs * pair["metrics"]
    each = pairs * sum(PUBLISHED_TIMES.get(name, 1) * lap for name, lap in published.items())
    shared = pairs * sum(published.values())
    totals = {"workflow": ours, "published": each, "every pass once per pair": shared}
    print(f"\nTotals of {checkpoints} checkpoints and {pairs} pairs")
    for name, seconds in totals.items():
        print(f"  {name:34s}{seconds:9.0f} s")
    print()
    show_ratio("published / workflow", each / ours)
    show_ratio("every pass once per pair / workflow", shared / ours)
    show_ratio("sketch / each pass once", sum(sketch.values()) / sum(floor.values()))
    show_ratio("metrics of a pair / reading its bytes", pair["metrics"] / pair["reading the bytes"])


def show_ratio(title: str, value: float) -> None:
    """Print one ratio."""
    print(f"{title:44s}{value:9.2f}")


def peak(measured: Iterable[Measured]) -> float:
    """The largest peak memory in MB."""
    return max(entry.peak_mb for entry in measured)


if __name__ == "__main__":
    main()
