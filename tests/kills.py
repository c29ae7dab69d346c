"""Run the workflow and kill it, again and again, at random moments.

`python tests/kills.py` does so a hundred times, which takes half an hour.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from workspace import Workspace, miniature_config

MOST_JOBS, SECONDS = 8, 8.0


@dataclass
class Record:
    """What a series of kills has shown."""

    kills: int = 0
    runs: int = 0
    jobs_done_before_kills: int = 0
    corrupt: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def kill_and_resume(workspace: Workspace, reference: Workspace, kills: int, seed: int) -> Record:
    """Kill a run of `workspace` at a random moment and start it again, `kills` times.

    A random number of jobs, from none to `MOST_JOBS`, and up to `SECONDS` more pass before a kill,
    so that a busy machine is killed as far in its work as an idle one. Every other kill hits
    Snakemake alone, whose jobs live on while it is started again; the others hit all processes at
    once, as a loss of power does. After each kill, every file under its final name must be the file
    that the undisturbed `reference` has, and no job that was reported as finished may be planned
    again. A run that finishes is compared in full and starts over.
    """
    record, chance = Record(), random.Random(seed)
    start = workspace.copy(workspace.folder.with_name("start"))
    log = workspace.folder.with_name("kills.log")
    while record.kills < kills:
        run = workspace.start("--cores", "2", log=log)
        await_jobs(chance.randint(0, MOST_JOBS), log, run)
        try:
            code = run.wait(chance.uniform(0, SECONDS))
        except subprocess.TimeoutExpired:
            kill(run, everything=record.kills % 2 == 0)
            record.kills += 1
            finished = finished_jobs(log.read_text())
            record.jobs_done_before_kills += len(finished)
            record.corrupt += workspace.unlike(reference)
            workspace.run("--unlock")
            record.lost += sorted(finished & workspace.planned())
        else:
            assert code == 0, log.read_text()
            finish(workspace, start, reference, record)
    workspace.run()
    finish(workspace, start, reference, record)
    return record


def await_jobs(number: int, log: Path, run: subprocess.Popen[bytes]) -> None:
    """Wait until a run has finished so many jobs, or has ended."""
    while run.poll() is None and len(finished_jobs(log.read_text())) < number:
        time.sleep(0.05)


def kill(run: subprocess.Popen[bytes], everything: bool) -> None:
    """SIGKILL to Snakemake, or to it and all its jobs."""
    if everything:
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.wait()


def finished_jobs(log: str) -> set[str]:
    """Messages of the jobs that a log reports as finished."""
    messages = dict(re.findall(r"^ *Job (\d+): (.+)$", log, re.MULTILINE))
    numbers = re.findall(r"^Finished jobid: (\d+)", log, re.MULTILINE)
    return {messages[number] for number in numbers if number in messages}


def finish(workspace: Workspace, start: Workspace, reference: Workspace, record: Record) -> None:
    """Compare a finished run with the undisturbed one, and put everything back to the start."""
    end_orphans(workspace)
    assert workspace.artifacts() == reference.artifacts()
    assert not list(workspace.folder.rglob("*.partial*"))
    record.runs += 1
    restore(start, workspace)


def end_orphans(workspace: Workspace) -> None:
    """End jobs that a killed Snakemake has left running."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(workspace.folder):
                process.kill()


def restore(start: Workspace, workspace: Workspace) -> None:
    """Make `workspace` what `start` is."""
    shutil.rmtree(workspace.folder)
    start.copy(workspace.folder)


def main() -> None:
    """Build an undisturbed zoo, then kill one at random moments, and say what was seen."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        reference = Workspace.create(Path(name) / "reference", miniature_config())
        reference.run()
        disturbed = Workspace.create(Path(name) / "disturbed", miniature_config())
        record = kill_and_resume(disturbed, reference, arguments.kills, arguments.seed)
    print(
        f"{record.kills} kills in {record.runs} runs, {record.jobs_done_before_kills} jobs done "
        f"before them: {len(record.corrupt)} corrupt files, {len(record.lost)} jobs lost"
    )
    sys.exit(bool(record.corrupt or record.lost))


if __name__ == "__main__":
    main()
