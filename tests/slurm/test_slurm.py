"""The workflow on a real SLURM of two nodes: submission, retries, and jobs that are killed."""

import os
import re
import shutil
import signal
from pathlib import Path

import psutil
import pytest
from cluster import wait_until
from kills import finished_jobs

pytestmark = pytest.mark.slow

QUICK = ["--cores", "2", "--latency-wait", "5", "--slurm-init-seconds-before-status-checks", "3"]
VICTIMS = ["arrows", "colours", "shapes"]


class Driver:
    """Snakemake with the cluster profile, running in the background."""

    def __init__(self, workspace, cluster, *arguments):
        self.log = Path(f"{workspace.folder}.log")
        self.process = workspace.start(
            "--profile",
            "slurm",
            *arguments,
            *QUICK,
            log=self.log,
            env={**workspace.environment(), **cluster.environment},
        )

    def wait(self, seconds=1500):
        """Exit status of Snakemake, which has to end by itself."""
        return self.process.wait(seconds)

    def output(self):
        return self.log.read_text()


def submit(workspace, cluster, *arguments):
    """Run to the end and return the output."""
    driver = Driver(workspace, cluster, *arguments)
    assert driver.wait() == 0, driver.output()
    return driver.output()


def submitted(output):
    """How many submissions to SLURM a log of Snakemake reports."""
    return len(re.findall("has been submitted with SLURM jobid", output))


def scripts(cluster, name):
    """Running processes of the script of a rule, by the numbers of their SLURM jobs."""
    found = {}
    for process in cluster.processes():
        try:
            if any(word.endswith(f".{name}.py") for word in process.cmdline()):
                found[process.environ()["SLURM_JOB_ID"]] = process
        except psutil.Error:
            continue
    return found


def test_a_zoo_runs_through_slurm_with_the_same_results_as_without(cluster, copied, built):
    shutil.rmtree(copied / "results")
    copied.config["mergers"] = {"ties": copied.config["mergers"]["ties"]}
    copied.config["prediction"]["targets"] = ["accuracy"]
    copied.config["prediction"]["protocols"] = ["loto"]
    copied.config["prediction"]["predictors"] = {"ridge": {"method": "ridge"}}
    copied.config["analysis"]["predictors"] = ["ridge"]
    copied.config["targets_per_job"] = {"tasks": 2, "pairs": 3}
    copied.write_config()
    output = submit(copied, cluster)

    assert (copied / "results/mini/report.html").is_file()
    assert copied.planned() == set()
    ours, local = copied.artifacts(), built.artifacts()
    same = [
        path for path in ours if re.search("checkpoints|heads|evaluations|/metrics/|/ties/", path)
    ]
    assert len(same) > 4 + 4 + 4 + 6 + 6 + 4
    assert {path: ours[path] for path in same} == {path: local[path] for path in same}

    states = [state for (state,) in cluster.jobs("T")]
    assert states == ["COMPLETED"] * submitted(output)
    assert len(finished_jobs(output)) > submitted(output), "short jobs were not grouped"
    assert not [path for path in (copied / ".snakemake/slurm_logs").rglob("*") if path.is_file()]


def test_a_job_out_of_memory_is_retried_with_more(cluster, copied):
    """The kernel is not asked to help: SLURM itself measures the memory and kills."""
    needed, less = "mem_mb=study.backbones.memory(4000, copies=8)", "mem_mb=growing(700)"
    copied.edit("workflow/rules/checkpoints.smk", needed, less)
    (copied / "results/mini/checkpoints/arrows.safetensors").unlink()
    before = len(cluster.jobs())
    output = submit(copied, cluster, "results/mini/checkpoints/arrows.safetensors")
    jobs = cluster.jobs("T", "m")[before:]
    assert [memory for _, memory in jobs] == [f"{700 * (n + 1)}M" for n in range(len(jobs))]
    assert len(jobs) > 1
    assert [state for state, _ in jobs] == ["FAILED"] * (len(jobs) - 1) + ["COMPLETED"]
    assert "Trying to restart job" in output
    logs = "".join(path.read_text() for path in cluster.folder.glob("slurmd.*.log"))
    assert "exceeded memory limit" in logs


def test_jobs_ask_for_gpus_of_the_flavour_in_the_profile(cluster, copied):
    """There is no GPU here, so the job fails; what it asked for is what counts."""
    target = "results/mini/checkpoints/arrows.safetensors"
    (copied / target).unlink()
    flavour = ["--set-resources", "finetune_checkpoint:gpu_model=large", "--retries", "0"]
    driver = Driver(copied, cluster, target, *flavour, "--config", "gpus_per_job=1")
    assert driver.wait() != 0
    ((job, state),) = cluster.jobs("A", "T")[-1:]
    assert state == "FAILED"
    assert "TresPerJob=gres:gpu:large:1" in cluster.command("scontrol", "show", "job", job)
    log = (copied / "results/mini/logs/finetune_checkpoint/arrows.log").read_text()
    assert "gpus_per_job" in log


def test_jobs_killed_by_the_scheduler_leave_no_file_and_are_done_by_the_next_run(
    cluster, copied, built
):
    """One is cancelled, one runs out of time, one loses its node, which comes back later."""
    targets = [f"results/mini/checkpoints/{task}.safetensors" for task in VICTIMS]
    for target in targets:
        (copied / target).unlink()
    limits = ["--retries", "0", "--set-resources", "finetune_checkpoint:runtime=1"]
    driver = Driver(copied, cluster, *targets, *limits)
    try:
        wait_until(lambda: len(scripts(cluster, "finetune_checkpoint")) == 3, 60, driver.output())
        victims = scripts(cluster, "finetune_checkpoint")
        for process in victims.values():
            process.send_signal(signal.SIGSTOP)  # so that none of them finishes by itself
        nodes = {job: process.environ()["SLURMD_NODENAME"] for job, process in victims.items()}
        (alone,) = [job for job in nodes if list(nodes.values()).count(nodes[job]) == 1]
        cancelled, overdue = sorted(set(victims) - {alone})
        cluster.fail_node(nodes[alone])
        cluster.command("scancel", cancelled)
        assert driver.wait() != 0
    finally:
        driver.process.kill()
    states = dict(cluster.jobs("A", "T"))
    assert states[cancelled] == "CANCELLED"
    assert states[overdue] == "TIMEOUT"
    assert states[alone] == "NODE_FAIL"
    assert not [target for target in targets if (copied / target).exists()]
    assert copied.unlike(built) == []

    cluster.start_node(nodes[alone])
    submit(copied, cluster, *targets)
    assert all((copied / target).exists() for target in targets)
    assert copied.unlike(built) == []


def test_a_killed_snakemake_resumes_where_it_was(cluster, copied, built):
    target = "results/mini/pairs/ties.parquet"
    for name in ("evaluations/ties", "metrics", "pairs"):
        shutil.rmtree(copied / f"results/mini/{name}")
    driver = Driver(copied, cluster, target)
    try:
        wait_until(lambda: finished_jobs(driver.output()), 120, "no job finished")
    finally:
        os.killpg(driver.process.pid, signal.SIGKILL)
    done = finished_jobs(driver.output())
    driver.process.wait()
    assert copied.unlike(built) == []
    assert not (copied / target).exists()

    copied.run("--unlock")
    assert not done & copied.planned(target)
    output = submit(copied, cluster, target, "--rerun-incomplete")
    assert not done & finished_jobs(output)
    assert (copied / target).exists()
    assert copied.unlike(built) == []
