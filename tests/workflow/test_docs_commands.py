"""Commands of docs/dag.md work where pairs share jobs, as in the default config."""

import re

import pytest
from workspace import ROOT

STAGES = re.search(r"## Run one stage.*?```sh\n(.*?)```", (ROOT / "docs/dag.md").read_text(), re.S)
COMMANDS = [line.split("#")[0].split() for line in STAGES[1].splitlines()]


@pytest.fixture
def bundled(empty):
    empty.config["targets_per_job"] = {"tasks": 2, "pairs": 36}
    empty.write_config()
    return empty


@pytest.mark.parametrize("command", [c for c in COMMANDS if {"checkpoints", "--until"} & {*c}])
def test_stages_are_planned(bundled, command):
    assert command[:3] == ["snakemake", "--cores", "2"]
    assert "Job stats:" in bundled.run("--dry-run", *command[3:])


def test_the_metrics_of_a_stage_are_one_job(bundled):
    assert "Computing metrics of arrows__colours and 5 more" in bundled.run("--dry-run", "metrics")
