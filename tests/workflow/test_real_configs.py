"""The shipped studies of real zoos, planned with neither data nor network."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from workspace import ROOT, Workspace

# A port that nobody listens on: whoever asks for a hub is refused.
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}

STUDIES = {
    "vit_b_16": {"finetune_checkpoint": 20},
    "vit_b_32": {"finetune_checkpoint": 20},
    "vit_l_14": {"finetune_checkpoint": 20},
    "vit_b_16_sgd": {"finetune_checkpoint": 40},
    "gradient_magnitude": {"finetune_checkpoint": 40},
    "fusionbench_b_16": {"fetch_checkpoint": 19, "import_checkpoint": 19},
    "screening": {"fetch_checkpoint": 8, "import_checkpoint": 8},
}


def planned(name, folder, monkeypatch, **changes):
    """How many jobs of each rule a dry run announces."""
    for variable, value in OFFLINE.items():
        monkeypatch.setenv(variable, value)
    config = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())
    for zoo in config["zoos"].values():
        zoo.update(changes)
    workspace = Workspace.create(folder, config)
    output = workspace.run("--dry-run", "--quiet", "rules", "reason")
    table = re.findall(r"^(\w+) +(\d+)$", output.split("Job stats:")[1], re.MULTILINE)
    return {rule: int(count) for rule, count in table}


def test_every_study_is_tried():
    shipped = {path.stem for path in Path(ROOT / "config").glob("*.yaml")}
    others = {"config", "mergers", "predicting", "proxies", "published"}
    assert shipped == {*STUDIES, *others, "text_minilm"}  # this one: test_text_zoo.py


@pytest.mark.parametrize("large", ["vit_b_16", "vit_l_14"])
def test_a_large_backbone_merges_two_pairs_per_task_beside_a_small_one(
    large, tmp_path, monkeypatch
):
    for variable, value in OFFLINE.items():
        monkeypatch.setenv(variable, value)
    workspace = Workspace.create(tmp_path, {})
    files = ["vit_b_32", large, f"overlays/{large}_small_first"]
    for name in files:
        (tmp_path / f"config/{name}.yaml").parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / f"config/{name}.yaml", tmp_path / f"config/{name}.yaml")
    given = [f"config/{name}.yaml" for name in files]
    output = workspace.run("--dry-run", "--quiet", "rules", "reason", "--configfile", *given)
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", output.split("Job stats:")[1], re.MULTILINE))
    assert (jobs["evaluate_merge"], jobs["evaluate_merge_of_design"]) == ("950", "100")
    assert jobs["complete_pairs"] == "5"


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_a_study_is_planned_without_data_and_without_a_network(name, tmp_path, monkeypatch):
    jobs = planned(name, tmp_path, monkeypatch)
    checkpoints = max(STUDIES[name].values())
    zoos = 2 if checkpoints == 40 else 1
    tasks = checkpoints // zoos
    pairs = zoos * tasks * (tasks - 1) // 2
    expected = {**STUDIES[name], "sketch_checkpoint": checkpoints, "compute_pair_metrics": pairs}
    if name != "screening":
        expected |= {
            "download_dataset": tasks,
            "prepare_images": tasks,
            "build_head": checkpoints,
            "evaluate_checkpoint": checkpoints,
            "evaluate_merge": 5 * pairs,
            "write_overview": zoos,
            "make_report": zoos,
        }
    assert {rule: jobs.get(rule) for rule in expected} == expected
    assert jobs["fetch_backbone"] == jobs["import_backbone"] == 1
    if name == "screening":
        assert not {"download_dataset", "build_head", "evaluate_merge", "make_report"} & jobs.keys()
        assert jobs["tabulate_metrics"] == jobs["plot_screening"] == 1


@pytest.mark.parametrize(("benchmark", "tasks"), [("N8", 8), ("N14", 14)])
def test_benchmarks_are_chosen_by_name(benchmark, tasks, tmp_path, monkeypatch):
    jobs = planned("vit_b_16", tmp_path, monkeypatch, tasks=benchmark)
    assert jobs["finetune_checkpoint"] == tasks
    assert jobs["evaluate_merge"] == 5 * tasks * (tasks - 1) // 2
