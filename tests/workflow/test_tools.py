"""Ways to look at the DAG: why jobs would run, the picture of the rules, the tutorial."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from jobs import MERGERS, after_pairs, fits, merges, metrics, summaries
from requirements import unavailable
from workspace import ROOT


def why(workspace, *arguments):
    result = workspace.mergeability("why", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_why_says_that_nothing_would_run(built):
    nothing = "Nothing would run: every file is up to date.\n"
    assert why(built) == nothing
    assert why(built, "--configfile", "config/config.yaml", "--", "all") == nothing


def test_why_names_code_settings_and_files(copied):
    copied.edit("src/mergeability/mergers/ties.py")
    copied.config["mergers"]["dare"]["drop"] = 0.8
    copied.write_config()
    (copied / "results/mini/metrics/arrows__shapes.parquet").unlink()
    lines = why(copied).splitlines()
    code = lines.index("code changed: mergeability/mergers/ties.py")
    assert lines[code + 1] == "    Evaluating merges by ties: arrows__colours and 5 more"
    (setting,) = [n for n, line in enumerate(lines) if line.startswith("setting changed: ")]
    assert "'drop': 0.9" in lines[setting].split(" -> ")[0]
    assert "'drop': 0.8" in lines[setting].split(" -> ")[1]
    assert lines[setting + 1] == "    Evaluating merges by dare: arrows__colours and 5 more"
    assert lines[lines.index("output is missing") + 1] == "    Computing metrics of arrows__shapes"
    assert lines[-1] == f"{len(after_pairs())} jobs follow from these."


def test_why_passes_on_what_is_wrong(built):
    result = built.mergeability("why", "no_such_target")
    assert result.returncode != 0
    assert "no_such_target" in result.stderr


def test_the_picture_of_the_rules_is_small(tmp_path):
    if shutil.which("dot") is None:
        unavailable("not installed: dot (Debian: graphviz)")
    picture = tmp_path / "dag.svg"
    subprocess.run(["make", "dag", f"DAG={picture}"], cwd=ROOT, check=True, capture_output=True)
    rules = re.findall(r"<text[^>]*>(\w+)</text>", picture.read_text())
    assert {"evaluate_merge", "compute_pair_metrics", "fit_fold_tiny", "make_report"} <= set(rules)
    assert len(rules) == len(set(rules)) < 50
    assert "all" not in rules
    assert list(tmp_path.iterdir()) == [picture]


# What each tutorial adds, the jobs it announces, and one of the files that come of it.
TUTORIALS = {
    "merger": (
        merges(["median"]) | after_pairs(["median"]),
        "results/mini/evaluations/median/arrows__shapes.json",
    ),
    "predictor": (
        fits(MERGERS, ["nearest"]) | summaries(["nearest"]),
        "results/mini/prediction/accuracy/nearest/ties/loto/arrows.parquet",
    ),
    "metric_family": (metrics() | after_pairs(), "results/mini/metrics/arrows__shapes.parquet"),
}


def extend(config, entry):
    """Add an entry of a tutorial to what is there."""
    for key, value in entry.items():
        if isinstance(value, list):
            config[key] += value
        elif isinstance(value, dict) and key in config:
            extend(config[key], value)
        else:
            config[key] = value


@pytest.mark.slow
@pytest.mark.parametrize("kind", TUTORIALS)
def test_a_tutorial_adds_a_plug_in_as_it_says(kind, copied):
    jobs, result = TUTORIALS[kind]
    text = (ROOT / f"docs/adding_a_{kind}.md").read_text()
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    source, entry, announced, cause = [body for language, body in blocks if language != "sh"]
    (path,) = re.findall(r"`(src/mergeability/\S+\.py)`", text.split("```python")[0])
    (copied / path).write_text(source)
    extend(copied.config, yaml.safe_load(entry))
    copied.write_config()

    assert copied.planned() == jobs
    assert announced.strip() in copied.run("--dry-run", "--quiet", "reason")
    assert why(copied).strip() == cause.strip()
    copied.run()
    assert copied.planned() == set()
    assert (copied / result).is_file()


def test_profiles_agree_on_what_makes_jobs_run_again():
    """The default profile is not loaded beside `--workflow-profile slurm`."""
    default, slurm = (
        yaml.safe_load(Path(ROOT / f"profiles/{name}/config.yaml").read_text())
        for name in ("default", "slurm")
    )
    assert default.items() <= slurm.items()


@pytest.mark.parametrize(
    "option", ["--profile slurm", "--workflow-profile slurm", "--profile profiles/slurm"]
)
def test_the_cluster_profile_is_found_from_the_root(built, option):
    planned = built.run("--dry-run", *option.split())
    assert "Nothing to be done" in planned
