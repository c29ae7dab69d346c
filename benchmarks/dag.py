"""Time and memory of a dry run in which everything is still to be made, beside those of a bare DAG.

`python benchmarks/dag.py --tasks 100 --mergers 10`. The bare DAG (benchmarks/bare/Snakefile) has
the same jobs, files and dependencies and nothing else, so it shows what Snakemake itself costs.
Both take turns; of each the fastest turn counts. The ratio is that of processor time, which other
programs disturb least. Also printed: the time to read the rules alone.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mergeability.metrics.registry import PAPER_FAMILIES

ROOT = Path(__file__).resolve().parents[1]
BARE = ROOT / "benchmarks/bare/Snakefile"
# Those of the bare DAG.
PREDICTORS = (
    "additive", "lasso", "mse", "pearson", "pearson_l1", "ridge", "mlp", "partner_mean",
    "single_accuracy",
)  # fmt: skip


class Run(NamedTuple):
    """What one call of Snakemake took."""

    processor_seconds: float
    seconds: float
    megabytes: float
    jobs: int

    def __str__(self) -> str:
        times = f"{self.processor_seconds:.1f} s of processor time in {self.seconds:.1f} s"
        return f"{times}, {self.megabytes:.0f} MB"


def snakemake(folder: Path, *arguments: str) -> Run:
    """Call Snakemake in `folder`; it may not fail."""
    command = [sys.executable, "-m", "snakemake", *arguments]
    output = folder / "output.txt"
    start = time.perf_counter()
    with output.open("wb") as file:
        environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=file)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(output.read_text())
    total = re.search(r"^total +(\d+)$", output.read_text(), re.MULTILINE)
    busy = usage.ru_utime + usage.ru_stime
    return Run(busy, seconds, usage.ru_maxrss / 1024, int(total[1]) if total else 0)


def large_config(tasks: int, mergers: int) -> dict[str, Any]:
    """The study of the paper with so many tasks and mergers, and one job per merge."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    (zoo,) = config["zoos"].values()
    zoo["tasks"] = [f"task{n:03}" for n in range(tasks)]
    del zoo["finetuning"]["samples_seen_by_task"]
    del config["targets_per_job"]
    config["metrics"]["families"] = list(PAPER_FAMILIES)
    config["prediction"] = {
        **config["prediction"],
        "targets": ["normalized_accuracy", "accuracy"],
        "protocols": ["loto", "l2to", "split"],
        "predictors": {name: {"method": name} for name in PREDICTORS},
    }
    del config["prediction"]["budget"]
    config["mergers"] = {
        f"merger{n:02}": {"method": "ties", "keep": (n + 1) / (mergers + 1)} for n in range(mergers)
    }
    return config


def prepare(folder: Path, config: dict[str, Any]) -> None:
    """A copy of the workflow with this config, whose tasks are added to those that it knows."""
    shutil.copy(ROOT / "Snakefile", folder)
    for name in ("profiles", "src", "workflow"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (zoo,) = config["zoos"].values()
    with (folder / "src/mergeability/datasets/catalog.py").open("a") as catalog:
        catalog.write("\n_LIKE = TINY_TASKS['shapes']\n")
        catalog.write(f"TINY_TASKS = {{**TINY_TASKS, **dict.fromkeys({zoo['tasks']}, _LIKE)}}\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--mergers", type=int, default=5)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    sizes = ["--config", f"tasks={given.tasks}", f"mergers={given.mergers}"]
    ours: list[Run] = []
    bare: list[Run] = []
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        prepare(Path(first), large_config(given.tasks, given.mergers))
        for _ in range(given.turns):
            options = ["--dry-run", "--scheduler", "greedy"]
            bare.append(snakemake(Path(second), "-s", str(BARE), *options, *sizes))
            ours.append(snakemake(Path(first), *options))
        parsing = snakemake(Path(first), "--list-rules")
    whole, floor = min(ours), min(bare)
    if whole.jobs != floor.jobs:
        sys.exit(f"the two DAGs differ: {whole.jobs} jobs and {floor.jobs}")
    print(f"{given.tasks} tasks, {given.mergers} mergers: {whole.jobs} jobs")
    for name, run in (("workflow", whole), ("bare DAG", floor)):
        print(f"{name}: {run}")
    print(f"ratio: {whole.processor_seconds / floor.processor_seconds:.2f}")
    print(f"reading the rules alone: {parsing}")


if __name__ == "__main__":
    main()
