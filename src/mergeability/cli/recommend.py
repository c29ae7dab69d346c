"""Recommend merges of the checkpoints in a folder, or of those that a YAML file lists.

`mergeability recommend CANDIDATES [--zoo ZOO] [--data] [--proxies ZOO ...] [--design PARTNERS]
[--configfile CONFIG] [--cores N]`

In a folder and below it, every file that holds weights is one checkpoint, named by its task. A YAML
file holds an entry as under `recommendations` of the config (config/README.md); what it leaves out
comes from the options. With proxies and without a zoo, no file is read: tasks tell all. The
recommendation is called by the folder or file and a digest of its path.
Paths are as seen from where this is run: the root of the repository.
"""

import argparse
import hashlib
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mergeability.recommendation.candidate_files import (
    clean_name,
    find_candidates,
    find_models_in_place,
)
from mergeability.workflow.recommendation import home_of
from mergeability.workflow.zoo import is_in_place
from mergeability.yaml_files import read_yaml

FOLDER = Path("resources/candidates")
_NAMED = 5


def read_entry(candidates: Path) -> dict[str, Any]:
    """What a folder or a YAML file says; the program ends where it is neither.

    Prints what it takes of a folder, and what it leaves out and why.
    """
    if candidates.is_dir():
        try:
            found = find_candidates(candidates)
        except ValueError as error:
            sys.exit(str(error))
        entry = _listed(candidates, found.taken)
        reasons = defaultdict(list)
        for path, reason in found.left_out.items():
            reasons[reason].append(str(path.relative_to(candidates)))
        for reason, files in reasons.items():
            more = f" and {len(files) - _NAMED} more" * (len(files) > _NAMED)
            print(f"Left out, {reason}: {', '.join(files[:_NAMED])}{more}")
        if len(found.taken) < 2:
            sys.exit(
                f"{candidates}: {len(found.taken)} checkpoints in this folder and below it; a pair "
                "needs two safetensors or PyTorch files"
            )
        return entry
    if not candidates.is_file():
        sys.exit(f"{candidates}: there is no such folder or YAML file; name one: CANDIDATES=...")
    entry = read_yaml(candidates)
    if not isinstance(entry, dict) or "candidates" not in entry:
        sys.exit(f"{candidates}: expected the key 'candidates' with a file for each name")
    return entry


def of_any_architecture(given: argparse.Namespace, config: dict[str, Any]) -> bool:
    """Whether candidates are a folder, and the zoo to learn from has models of any architecture."""
    zoo = given.zoo
    if not given.candidates.is_dir() or (given.proxies and not zoo):
        return False
    zoos = config.get("zoos", {})
    return is_in_place(zoos.get(zoo or only_zoo(given.configfile, config), {}), config)


def models_in(folder: Path) -> dict[str, Any]:
    """The models of any architecture in a folder, once they were printed."""
    return _listed(folder, find_models_in_place(folder))


def _listed(folder: Path, found: Mapping[str, Path]) -> dict[str, Any]:
    """The entry of what was found in a folder, once it was printed."""
    print(f"Candidates in {folder}: {len(found)}")
    for name, path in found.items():
        print(f"  {name}: {path}")
    return {"candidates": {name: {"path": str(path)} for name, path in found.items()}}


def name_of(candidates: Path) -> str:
    """What the recommendation is called: its folder or file, and a digest of where that is."""
    where = candidates.resolve()
    name = where.name if candidates.is_dir() else where.stem
    return f"{clean_name(name or 'root')}-{hashlib.sha256(bytes(where)).hexdigest()[:6]}"


def usual_predictor(config: dict[str, Any], data: bool) -> str:
    """What predicts best of what a config has: with images `halfway`, on weights `ridge`."""
    return "halfway" if data and "halfway" in config["prediction"]["predictors"] else "ridge"


def only_zoo(path: Path, config: dict[str, Any]) -> str:
    """The zoo of a config that merges are evaluated of; the program ends unless it is one."""
    evaluated = sorted(n for n, zoo in config["zoos"].items() if {"dataset", "commands"} & {*zoo})
    if len(evaluated) != 1:
        sys.exit(f"{path}: which zoo to learn from? ZOO= one of: {', '.join(evaluated)}")
    return evaluated[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    parser.add_argument("candidates", type=Path)
    parser.add_argument("--zoo", help="the zoo of their backbone to learn from")
    parser.add_argument("--proxies", nargs="+", metavar="ZOO", help="zoos that merged their tasks")
    parser.add_argument(
        "--design", type=int, metavar="PARTNERS", help="propose so many merges of each to run first"
    )
    parser.add_argument("--data", action="store_true", help="look at images of the tasks")
    parser.add_argument("--predictor", help="default: halfway with --data, if there is one; ridge")
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--cores", default="2")


def run(given: argparse.Namespace) -> None:
    """Build the recommendation by Snakemake, print it, and say last where its page is."""
    try:
        config = read_yaml(given.configfile)
        entry = (models_in if of_any_architecture(given, config) else read_entry)(given.candidates)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    asked = {"proxies": given.proxies, "design": given.design, "learn_from": given.zoo}
    entry = {key: value for key, value in asked.items() if value is not None} | entry
    if "proxies" not in entry:
        entry.setdefault("learn_from", only_zoo(given.configfile, config))
    if "learn_from" in entry:
        entry.setdefault("data", given.data)
        entry.setdefault("predictor", given.predictor or usual_predictor(config, entry["data"]))
    zoo, name = home_of(entry), name_of(given.candidates)
    FOLDER.mkdir(parents=True, exist_ok=True)
    added = FOLDER / f"{name}.yaml"
    added.write_text(yaml.safe_dump({"recommendations": {name: entry}}), encoding="utf-8")
    page = f"results/{zoo}/recommendations/{name}/recommendation.html"
    command = [sys.executable, "-m", "snakemake", "--cores", given.cores]
    command += ["--quiet", "host", "reason", "--configfile", str(given.configfile), str(added)]
    # What a study says last goes to the standard output; the answer alone is wanted there.
    if subprocess.run([*command, "--", page], check=False, stdout=subprocess.DEVNULL).returncode:
        sys.exit(1)
    print(Path(page).with_suffix(".txt").read_text(encoding="utf-8"))
    print(f"Recommendation: {page}")
