"""A zoo of four tasks, built by the real Snakemake in a copy of the workflow."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from mergeability.metrics.registry import PAPER_FAMILIES

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
        (folder / "slurm").symlink_to("profiles/slurm")
        for name in ("workflow", "profiles", "src"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        shutil.copytree(ROOT / "config/tasks", folder / "config/tasks")
        workspace = cls(folder, config)
        workspace.write_config()
        return workspace

    def copy(self, folder: Path) -> "Workspace":
        """This workspace with all its files once more, times of change included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Workspace(folder, self.copy_config())

    def copy_config(self) -> dict[str, Any]:
        """The config, for changes that shall not reach this workspace."""
        return deepcopy(self.config)

    def edit(self, path: str, old: str = "", new: str = "# edited\n") -> None:
        """Replace a text in a file, or append to it."""
        text = (self / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        (self / path).write_text(text.replace(old, new) if old else text + new)

    def write_config(self) -> None:
        (self.folder / "config").mkdir(exist_ok=True)
        text = yaml.safe_dump(self.config, sort_keys=False)
        (self.folder / "config/config.yaml").write_text(text)

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._python("snakemake", "--cores", "2", *arguments)

    def mergeability(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command `mergeability`, with the library of this workspace."""
        return self._python("mergeability", *arguments)

    def _python(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """The environment in which the library of this workspace is the one that is imported."""
        return {**os.environ, "PYTHONPATH": str(self.folder / "src")}

    def run(self, *arguments: str) -> str:
        """Run, fail with all output where it fails, and return the output."""
        result = self.snakemake(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def planned(self, *arguments: str) -> set[str]:
        """The jobs that a dry run announces, by their messages, which no two jobs share."""
        output = self.run("--dry-run", *arguments)
        if "Nothing to be done" in output:
            return set()
        jobs = re.findall(r"^ *Job \d+: (.+)$", output, re.MULTILINE)
        (total,) = set(re.findall(r"^total +(\d+)$", output, re.MULTILINE))
        assert len(set(jobs)) == int(total) - ("rule all:" in output), output
        return set(jobs)

    def start(self, *arguments: str, log: Path, **options: Any) -> subprocess.Popen[bytes]:
        """Snakemake in the background, in a process group of its own, writing to `log`."""
        command = [sys.executable, "-m", "snakemake", *arguments]
        options.setdefault("env", self.environment())
        with log.open("wb") as file:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                stdout=file,
                stderr=file,
                start_new_session=True,
                **options,
            )

    def artifacts(self) -> dict[str, str]:
        """Digests of all files that are the same in every run: no logs, times or half files."""
        files = [path for root in ("resources", "results") for path in (self / root).rglob("*.*")]
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if path.suffix not in {".log", ".tsv", ".html"} and not path.name.startswith(".")
        }

    def unlike(self, reference: "Workspace") -> list[str]:
        """Artifacts that are not, byte for byte, what they are in `reference`."""
        wanted = reference.artifacts()
        return [path for path, digest in self.artifacts().items() if wanted[path] != digest]

    def __truediv__(self, path: str) -> Path:
        return self.folder / path


def miniature_config() -> dict[str, Any]:
    """The default config, cut down to what takes a minute."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    zoo = config["zoos"].pop("tiny")
    zoo["tasks"] = list(TASKS)
    zoo["finetuning"].update(samples_seen=1280, samples_seen_by_task={"grating": 640})
    config["zoos"]["mini"] = zoo
    studied = yaml.safe_load((ROOT / "config/predicting.yaml").read_text())
    config["backbones"]["tiny_clip"] = studied["backbones"]["tiny_clip"]
    config["backbones"]["tiny_clip"]["pretraining"].update(pairs=4000, epochs=1)
    config["metrics"]["families"] = list(PAPER_FAMILIES)
    del config["targets_per_job"]
    config["prediction"]["targets"] = ["normalized_accuracy", "accuracy"]
    config["prediction"]["protocols"] = ["loto", "l2to", "split"]
    del config["prediction"]["budget"]
    kept = ("pearson_l1", "ridge", "partner_mean", "single_accuracy")
    predictors = config["prediction"]["predictors"]
    config["prediction"]["predictors"] = {name: predictors[name] for name in kept}
    config["analysis"].update(predictors=["pearson_l1"], seeds=2, permutations=100, refits=3)
    return config


def with_few_fits(config: dict[str, Any]) -> dict[str, Any]:
    """The config, predicting one target in one protocol by two predictors, with short analyses."""
    predictors = config["prediction"]["predictors"]
    config["prediction"].update(targets=["normalized_accuracy"], protocols=["loto"])
    config["prediction"]["predictors"] = {n: predictors[n] for n in ("ridge", "partner_mean")}
    config["analysis"].update(predictors=["ridge"], permutations=20, refits=2)
    return config
