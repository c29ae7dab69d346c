"""Time every stage of the demo: `python benchmarks/demo.py` runs it from scratch in a temporary
folder; `--existing` reads the records of the demo in this folder instead.

Prints, per rule, the number of jobs, their seconds (wall time of each job, added up), the share of
all seconds, the mean per job, the largest memory of a job, and how many times the start-up of a job
(importing torch and open_clip) fits into it. Seconds depend on the machine; shares hardly do.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]


def run_demo(folder: Path, cores: int) -> float:
    """Run the default config from scratch in `folder`; wall seconds."""
    shutil.copy(ROOT / "Snakefile", folder)
    for name in ("config", "profiles", "workflow"):
        shutil.copytree(ROOT / name, folder / name)
    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet", "rules"]
    subprocess.run(command, cwd=folder, check=True)
    return time.perf_counter() - start


def read_records(folder: Path) -> pd.DataFrame:
    """One row per job: rule, seconds, memory."""
    frames = []
    for root in folder.glob("re*/**/benchmarks"):
        for path in root.rglob("*.tsv"):
            record = pd.read_csv(path, sep="\t", na_values="-")
            rule = path.relative_to(root).parts[0].removesuffix(".tsv")
            frames.append(record[["s", "max_rss"]].assign(rule=rule))
    if not frames:
        sys.exit(f"no benchmark records below {folder}: run the demo first")
    return pd.concat(frames)


def import_seconds() -> float:
    """Wall seconds that a process needs to import what an evaluation imports."""
    command = [sys.executable, "-c", "import torch, open_clip"]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def tabulate(records: pd.DataFrame, start_up: float) -> pd.DataFrame:
    """The table that is printed, most expensive rule first."""
    grouped = records.groupby("rule")
    table = pd.DataFrame(
        {
            "jobs": grouped.size(),
            "seconds": grouped["s"].sum(),
            "per job": grouped["s"].mean(),
            "max MB": grouped["max_rss"].max(),
        }
    )
    table.insert(2, "share", table["seconds"] / table["seconds"].sum())
    table["start-ups"] = table["per job"] / start_up
    return table.sort_values("seconds", ascending=False)


def main() -> None:
    """Run or read, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--existing", action="store_true")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    start_up = import_seconds()
    if arguments.existing:
        records = read_records(ROOT)
    else:
        with tempfile.TemporaryDirectory() as name:
            wall = run_demo(Path(name), arguments.cores)
            records = read_records(Path(name))
        print(f"wall time {wall:.0f} s on {arguments.cores} cores")
        print(f"busy share of the cores {records['s'].sum() / wall / arguments.cores:.2f}")
    print(f"start-up of a job {start_up:.1f} s")
    print(tabulate(records, start_up).to_string(float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
