"""Whether a change leaves results as they were, byte for byte.

On the commit to start from, and after every step:

    python tests/same_results.py build reference     # a folder for zoos and their digests
    python tests/same_results.py compare reference   # builds again; says which files differ

Two studies are built in copies of this checkout: a miniature zoo with every family of metrics,
every kind of predictor, probe merges, tuning, mergers that look at data, sets, screening and a
recommendation; and the published measurements, where ../shared/reference has them.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from workspace import ROOT, TASKS, Workspace, miniature_config

MEASUREMENTS = ROOT.parent / "shared/reference/measurements"


OTHER_PREDICTORS = ("pearson", "mse", "mlp", "lasso", "kernel_ridge", "probe_merge")


def everything_config() -> dict[str, Any]:
    """The miniature zoo with all that a study can ask for, in as few jobs as will do."""
    config = miniature_config()
    default = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    config["metrics"]["families"] = default["metrics"]["families"]
    config["targets_per_job"] = {"tasks": 4, "pairs": 36}
    config["prediction"]["targets"] = ["normalized_accuracy"]
    config["prediction"]["predictors"] = {
        **default["prediction"]["predictors"],
        **{name: {"method": name} for name in OTHER_PREDICTORS},
    }
    budget = {"predictors": ["own_merges"], "partners": [1, 2], "designs": 2}
    config["prediction"]["budget"] = budget
    config["analysis"]["predictors"] = ["pearson_l1", "ridge"]
    kept = ("ties", "dare", "tsv")
    config["mergers"] = {
        **{name: config["mergers"][name] for name in kept},
        "fisher": {"method": "fisher"},
        "regmean": {"method": "regmean", "layer_scaling": [0.5, 0.5]},
        "emr_tuned": {"method": "emr", "tune": {"scale": [0.5, 1.0]}},
    }
    mini = config["zoos"]["mini"]
    mini["finetuning"]["regularizer"] = {"method": "weight_distance", "strength": 0.01}
    mini["validation"] = {"samples": 40, "pairs": 3}
    mini["calibration"]["probe_samples"] = 40
    config["sets"] = {
        "size": 3, "count": "all", "seed": 0, "decisions": 2, "predictors": ["ridge", "halfway"],
    }  # fmt: skip
    candidates = {task: {"path": f"results/mini/checkpoints/{task}.safetensors"} for task in TASKS}
    about = {"learn_from": "mini", "candidates": candidates}
    config["recommendations"] = {
        "weights": {**about, "predictor": "ridge", "data": False},
        "images": {**about, "predictor": "halfway", "data": True},
    }
    return config


def published_config() -> dict[str, Any]:
    """The study of the published measurements, with fewer mergers, predictors and repetitions."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config/published.yaml").read_text())
    for zoo in config["zoos"].values():
        zoo["measurements"].update(folder=str(MEASUREMENTS), name="ViT-B-16_AdamW")
    config["mergers"] = {name: config["mergers"][name] for name in ("weight_average", "tsv")}
    kept = ("pearson_l1", "mlp", "ridge", "lasso", "additive", "partner_mean")
    predictors = config["prediction"]["predictors"]
    config["prediction"]["predictors"] = {name: predictors[name] for name in kept}
    config["analysis"].update(seeds=2, permutations=200, refits=3)
    return config


def build(folder: Path) -> dict[str, dict[str, str]]:
    """Digests of all results of both studies, by study."""
    studies = {"everything": everything_config()}
    if MEASUREMENTS.is_dir():
        studies["published"] = published_config()
    digests = {}
    for name, config in studies.items():
        workspace = Workspace.create(folder / name, config)
        if name == "everything":  # candidates must exist before the study names them
            later = config.pop("recommendations")
            workspace.write_config()
            workspace.run("--quiet", "rules")
            config["recommendations"] = later
            workspace.write_config()
        workspace.run("--quiet", "rules")
        digests[name] = workspace.artifacts()
    return digests


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """One line per file that is gone, new or other than it was."""
    return [
        f"{'gone' if path not in after else 'new' if path not in before else 'differs'}: {path}"
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["build", "compare"])
    parser.add_argument("reference", type=Path)
    given = parser.parse_args()
    listing = given.reference / "digests.json"
    if given.command == "build":
        given.reference.mkdir(parents=True)
        listing.write_text(json.dumps(build(given.reference), indent=1, sort_keys=True))
        return
    before = json.loads(listing.read_text())
    folder = Path(tempfile.mkdtemp(prefix="same_results_"))
    print(f"building in {folder}")
    after = build(folder)
    found = [f"{study}: {line}" for study in before for line in
             differences(before[study], after.get(study, {}))]  # fmt: skip
    print("\n".join(found))
    total = sum(map(len, before.values()))
    sys.exit(f"{len(found)} of {total} files" if found else print(f"all {total} files the same"))


if __name__ == "__main__":
    main()
