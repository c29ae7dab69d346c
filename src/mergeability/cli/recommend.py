"""Recommend merges of the checkpoints in a folder, or of those that a YAML file lists.

`mergeability recommend CANDIDATES [--zoo ZOO] [--data] [--configfile CONFIG] [--cores N]`

In a folder, every file is one checkpoint, named by its task. A YAML file holds an entry as under
`recommendations` of the config (config/README.md); what it leaves out comes from the options. The
recommendation is named after the folder or file. Paths are as seen from where this is run: the root
of the repository.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from mergeability.yaml_files import read_yaml

SUFFIXES = {".safetensors", ".pt", ".pth", ".bin"}
FOLDER = Path("resources/candidates")


def read_entry(candidates: Path) -> dict[str, Any]:
    """What a folder or a YAML file says; the program ends where it is neither."""
    if candidates.is_dir():
        files = sorted(path for path in candidates.iterdir() if path.suffix in SUFFIXES)
        if not files:
            sys.exit(f"{candidates}: no checkpoints ({', '.join(sorted(SUFFIXES))}) in this folder")
        names = [path.stem for path in files]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            sys.exit(f"{candidates}: several files are called {repeated}; keep one of each")
        return {"candidates": {path.stem: {"path": str(path)} for path in files}}
    if not candidates.is_file():
        sys.exit(f"{candidates}: there is no such folder or YAML file; name one: CANDIDATES=...")
    entry = read_yaml(candidates)
    if not isinstance(entry, dict) or "candidates" not in entry:
        sys.exit(f"{candidates}: expected the key 'candidates' with a file for each name")
    return entry


def usual_predictor(config: dict[str, Any], data: bool) -> str:
    """What predicts best of what a config has: with images `halfway`, on weights `ridge`."""
    return "halfway" if data and "halfway" in config["prediction"]["predictors"] else "ridge"


def only_zoo(path: Path, config: dict[str, Any]) -> str:
    """The zoo of a config that merges are evaluated of; the program ends unless it is one."""
    evaluated = sorted(name for name, zoo in config["zoos"].items() if "dataset" in zoo)
    if len(evaluated) != 1:
        sys.exit(f"{path}: which zoo to learn from? ZOO= one of: {', '.join(evaluated)}")
    return evaluated[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    parser.add_argument("candidates", type=Path)
    parser.add_argument("--zoo", help="the zoo to learn from")
    parser.add_argument("--data", action="store_true", help="look at images of the tasks")
    parser.add_argument("--predictor", help="default: halfway with --data, if there is one; ridge")
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--cores", default="2")


def run(given: argparse.Namespace) -> None:
    """Build the recommendation by Snakemake, and say where it is."""
    try:
        entry = {"data": given.data, **read_entry(given.candidates)}
        config = read_yaml(given.configfile)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    entry.setdefault("predictor", given.predictor or usual_predictor(config, entry["data"]))
    zoo = entry.setdefault("learn_from", given.zoo or only_zoo(given.configfile, config))
    name = given.candidates.stem
    FOLDER.mkdir(parents=True, exist_ok=True)
    added = FOLDER / f"{name}.yaml"
    added.write_text(yaml.safe_dump({"recommendations": {name: entry}}), encoding="utf-8")
    page = f"results/{zoo}/recommendations/{name}/recommendation.html"
    command = [sys.executable, "-m", "snakemake", "--cores", given.cores]
    command += ["--quiet", "host", "reason", "--configfile", str(given.configfile), str(added)]
    if subprocess.run([*command, "--", page], check=False).returncode:
        sys.exit(1)
    print(f"Recommendation: {page}")
