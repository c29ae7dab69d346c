"""A zoo of four tasks, built by the real Snakemake in a copy of the workflow."""

import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
TASKS = ["arrows", "colours", "grating", "shapes"]


class Workspace:
    """A folder with a copy of the workflow and a config; everything runs inside of it."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.folder, self.config = folder, config

    @classmethod
    def create(cls, folder: Path, config: dict[str, Any]) -> "Workspace":
        """A new workspace, in which nothing was built."""
        folder.mkdir(exist_ok=True)
        shutil.copy(ROOT / "Snakefile", folder)
        for name in ("workflow", "profiles"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        workspace = cls(folder, config)
        workspace.write_config()
        return workspace

    def copy(self, folder: Path) -> "Workspace":
        """This workspace with all its files once more, times of change included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Workspace(folder, deepcopy(self.config))

    def write_config(self) -> None:
        (self.folder / "config").mkdir(exist_ok=True)
        text = yaml.safe_dump(self.config, sort_keys=False)
        (self.folder / "config/config.yaml").write_text(text)

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def run(self, *arguments: str) -> str:
        """Run, fail with all output where it fails, and return the output."""
        result = self.snakemake(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def planned(self, *arguments: str) -> dict[str, int]:
        """Numbers of jobs by rule that a dry run announces."""
        output = self.run("--dry-run", "--quiet", "reason", *arguments)
        if "Nothing to be done" in output:
            return {}
        table = output.split("Job stats:")[1].split("total")[0].splitlines()[3:]
        rows = [line.split() for line in table if line.strip()]
        return {rule: int(count) for rule, count in rows if rule != "all"}

    def __truediv__(self, path: str) -> Path:
        return self.folder / path


def miniature_config() -> dict[str, Any]:
    """The default config, cut down to what takes a minute."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    zoo = config["zoos"].pop("tiny")
    zoo["tasks"] = list(TASKS)
    zoo["finetuning"].update(samples_seen=1280, samples_seen_by_task={"grating": 640})
    config["zoos"]["mini"] = zoo
    config["backbones"]["tiny_clip"]["pretraining"].update(pairs=4000, epochs=1)
    config["evaluation"]["pairs_per_job"] = 1
    return config
