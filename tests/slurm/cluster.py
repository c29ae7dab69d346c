"""A real SLURM on this machine: controller, nodes and authentication, all below one folder.

Needs the Debian packages slurm-wlm and munge, but no root, no set-up and no file of the system.
Every process is a child of this one and is gone after `stop`. To try the cluster profile without a
cluster, run `python tests/slurm/cluster.py` and do what it prints.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from pathlib import Path

import psutil

DAEMONS = {"munged", "slurmctld", "slurmscriptd", "slurmd", "slurmstepd"}
PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel"]

CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
MinJobAge=86400
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
EnforcePartLimits=ALL
# Memory is watched every second, and a job that takes more than it asked for is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
KillWait=5
ReturnToService=2
GresTypes=gpu
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
# GPUs that can be asked for but are not there.
NODE = """\
NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=64000 \\
Gres=gpu:small:1,gpu:large:1
"""
GPUS = """\
Name=gpu Type=small File=/dev/null
Name=gpu Type=large File=/dev/zero
"""


def missing_programs() -> list[str]:
    """Programs of SLURM and munge that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


class SlurmCluster:
    """A controller and a few nodes of two CPUs each."""

    def __init__(self, nodes: int = 2) -> None:
        # Short, because the path of a socket may have 107 characters at most.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        self.nodes = [f"node{number}" for number in range(1, nodes + 1)]
        self.environment = dict(os.environ, SLURM_CONF=f"{self.folder}/slurm.conf")
        self.environment["PATH"] = f"{self.folder}/bin:{self.environment['PATH']}"
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all daemons and wait until every node can take jobs."""
        self._write_configuration()
        options = [f"--{kind}-file={self.folder}/munge.{kind}" for kind in ("key", "pid", "seed")]
        options += [f"--socket={self.folder}/munge.socket", f"--log-file={self.folder}/munge.log"]
        self._launch("munged", "--foreground", "--force", *options)
        wait_until((self.folder / "munge.socket").exists, 10, "munged did not start")
        self._launch("slurmctld", "-D")
        for node in self.nodes:
            self.start_node(node)

    def stop(self) -> None:
        """End all jobs and daemons, make sure that no process is left, and remove the folder."""
        with suppress(subprocess.TimeoutExpired, TimeoutError):
            self.command("scancel", "--user", getuser(), timeout=10)
            wait_until(lambda: not self.command("squeue", "--noheader"), 20, "jobs are left")
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
        for daemon in self._daemons.values():
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(10)
        for process in self.processes():
            process.kill()
        wait_until(lambda: not self.processes(), 20, "processes of the cluster are left")
        shutil.rmtree(self.folder)

    def start_node(self, node: str) -> None:
        """Start the daemon of a node, which may have failed before, and wait for the node."""
        self._launch("slurmd", "-D", "-N", node, name=node)
        wait_until(lambda: self.state(node) in {"idle", "mixed"}, 30, f"{node} did not come up")

    def fail_node(self, node: str) -> None:
        """What losing power does to a node: all its processes are gone, and SLURM finds it down."""
        self._daemons[node].kill()
        self._daemons.pop(node).wait()
        for process in self.processes():
            with suppress(psutil.Error):
                if process.environ().get("SLURMD_NODENAME") == node:
                    for victim in [process, *step_daemons(process)]:
                        victim.kill()
        self.command("scontrol", "update", f"nodename={node}", "state=down", "reason=power")

    def state(self, node: str) -> str:
        """State of a node in the words of `sinfo`."""
        return self.command("sinfo", "--noheader", "--nodes", node, "--format=%T").strip("*\n ")

    def command(self, *words: str, timeout: float = 30) -> str:
        """What a command of SLURM prints in this cluster; empty where it fails."""
        return subprocess.run(
            words,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        ).stdout

    def jobs(self, *fields: str) -> list[tuple[str, ...]]:
        """Fields of all jobs that SLURM remembers, finished ones too, oldest first.

        `fields` are letters of `squeue --format`, such as T for the state.
        """
        form = "|".join(f"%{field}" for field in ("A", *fields))
        lines = self.command("squeue", "--noheader", "--states=all", f"--format={form}")
        rows = sorted((line.split("|") for line in lines.splitlines()), key=lambda r: int(r[0]))
        return [tuple(row[1:]) for row in rows]

    def logs(self) -> str:
        """What all daemons have said."""
        paths = [*self.folder.glob("*.log"), *self.folder.glob("*.out")]
        return "\n".join(f"{path.name}:\n{path.read_text()}" for path in sorted(paths))

    def processes(self) -> list[psutil.Process]:
        """Processes that belong to the cluster: its daemons, and jobs with all they started.

        A shell that merely uses the cluster is none of them.
        """
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            environment = process.environ()
            words = [*process.cmdline(), *environment.values()]
            if process.name() == "slurmstepd":  # it overwrites its environment with its title
                words += [file.path for file in process.open_files()]
            if process.name() in DAEMONS or "SLURM_JOB_ID" in environment:
                return any(str(self.folder) in word for word in words)
        return False

    def _write_configuration(self) -> None:
        self.folder.chmod(0o755)
        for name in ("state", "bin", *(f"spool.{node}" for node in self.nodes)):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        known = {"host": socket.gethostname().split(".")[0], "user": getuser()}
        first, *ports = free_ports(1 + len(self.nodes))
        text = CONFIGURATION.format(folder=self.folder, controller_port=first, **known)
        for name, port in zip(self.nodes, ports, strict=True):
            text += NODE.format(name=name, port=port, **known)
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text(GPUS)
        # Snakemake's step inside of a job drops SLURM_CONF before it calls srun.
        srun = self.folder / "bin/srun"
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun")} "$@"\n'
        )
        srun.chmod(0o755)

    def _launch(self, *words: str, name: str = "") -> None:
        with (self.folder / f"{name or words[0]}.out").open("ab") as output:
            self._daemons[name or words[0]] = subprocess.Popen(
                words, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )


def step_daemons(process: psutil.Process) -> list[psutil.Process]:
    """The daemons of SLURM that look after a process of a job."""
    return [parent for parent in process.parents() if parent.name() == "slurmstepd"]


def free_ports(count: int) -> list[int]:
    """Ports on which nothing listens."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_until(condition: Callable[[], object], seconds: float, problem: str) -> None:
    """Return as soon as `condition` holds; `TimeoutError` with `problem` if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(problem)
        time.sleep(0.2)


@contextmanager
def running_cluster(nodes: int = 2) -> Iterator[SlurmCluster]:
    """A cluster that is stopped whatever happens."""
    cluster = SlurmCluster(nodes)
    try:
        try:
            cluster.start()
        except TimeoutError as error:
            raise RuntimeError(f"{error}; the daemons say:\n{cluster.logs()}") from error
        yield cluster
    finally:
        cluster.stop()


if __name__ == "__main__":
    if absent := missing_programs():
        sys.exit(f"not installed: {', '.join(absent)}; on Debian: apt install slurm-wlm munge")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running_cluster() as started:
        print(f"export SLURM_CONF={started.folder}/slurm.conf PATH={started.folder}/bin:$PATH")
        print("snakemake --profile slurm")
        print("Stop the cluster with Ctrl-C.")
        with suppress(KeyboardInterrupt):
            signal.pause()
