"""Runs merges by mergekit, in a process of its own: `python mergekit_runs.py JOBS`.

JOBS is a JSON list of configurations (YAML files), the folders that they make, and whether mergekit
shall take tensors as they are called in the files, instead of by what it knows of the architecture.
Prints, by folder, why mergekit made no model of it.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import yaml
from mergekit.config import MergeConfiguration
from mergekit.merge import run_merge
from mergekit.options import MergeOptions

OPTIONS = MergeOptions(quiet=True, random_seed=0, copy_tokenizer=False, write_model_card=False)


def as_in_files(content: dict[str, Any]) -> dict[str, Any]:
    """The configuration with an architecture that nobody knows."""
    for entry in content["models"]:
        entry["model"] = {"model": {"path": entry["model"]}, "override_architecture": "Unknown"}
    if base := content.get("base_model"):
        content["base_model"] = {"model": {"path": base}, "override_architecture": "Unknown"}
    return content


def main() -> None:
    logging.disable(logging.ERROR)
    failures = {}
    for recipe, out, by_files in json.loads(Path(sys.argv[1]).read_text()):
        content = yaml.safe_load(Path(recipe).read_text())
        config = MergeConfiguration.model_validate(as_in_files(content) if by_files else content)
        try:
            run_merge(config, out, OPTIONS)
        except Exception as error:  # noqa: BLE001 - a test looks at what it was
            failures[out] = f"{type(error).__name__}: {error}"
    print(json.dumps(failures))


if __name__ == "__main__":
    main()
