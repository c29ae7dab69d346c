"""The workflow from the catalog's entry, in another directory, and as a module of another one."""

import shutil
import subprocess

import pytest
import yaml
from workspace import Workspace

pytestmark = pytest.mark.slow

# Beside these, Snakemake compares scripts by time, which it cannot do for files of a repository.
TRIGGERS = ["--rerun-triggers", "mtime", "params", "input", "software-env"]

MODULE = """
configfile: "config/config.yaml"


module merging:
    snakefile:
        {source}
    config:
        config
    prefix:
        "study"


use rule * from merging as merging_*


rule everything:
    default_target: True
    input:
        rules.merging_all.input,
"""


def test_the_entry_of_the_catalog_needs_no_target(built):
    for snakefile in ("Snakefile", "workflow/Snakefile"):
        assert "Nothing to be done" in built.run("--dry-run", "--snakefile", snakefile)


def test_another_directory_holds_config_results_and_report(copied, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("config", "resources", "results", ".snakemake"):
        shutil.move(copied / name, elsewhere / name)
    report = elsewhere / "results/mini/report.html"
    report.unlink()
    copied.run("--directory", str(elsewhere))
    assert "Normalised accuracy of all pairs" in report.read_text(encoding="utf-8")
    assert not (copied / "results").exists()
    assert "Nothing to be done" in copied.run("--dry-run", "--directory", str(elsewhere))


@pytest.fixture(scope="module")
def repository(tmp_path_factory, built):
    """A git repository that holds the workflow, and neither the library nor a config."""
    folder = tmp_path_factory.mktemp("repository") / "workflow"
    shutil.copytree(built / "workflow", folder / "workflow")
    git = ["git", "-C", str(folder), "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "All"]):
        subprocess.run([*git, *command], check=True)
    return folder


@pytest.mark.parametrize("kind", ["path", "git"])
def test_a_module_has_a_config_and_a_prefix_of_its_own(kind, repository, built, tmp_path):
    source = {
        "path": repr(str(repository / "workflow/Snakefile")),
        "git": f'gitfile({str(repository)!r}, path="workflow/Snakefile", ref="HEAD")',
    }[kind]
    user = Workspace.create(tmp_path / "user", built.copy_config())
    shutil.rmtree(user / "workflow")
    (user / "Snakefile").write_text(MODULE.format(source=source))
    user.config["mergers"] = {"mine": {"method": "ties"}}
    user.write_config()
    plan = user.run("--dry-run", *TRIGGERS)
    assert "Evaluating merges by mine: arrows__colours" in plan
    assert "by tsv" not in plan

    classes = "study/resources/datasets/tiny/arrows/classes.json"
    user.run(classes, *TRIGGERS)
    assert (user / classes).read_bytes() == (built / classes.removeprefix("study/")).read_bytes()
    assert yaml.safe_load((user / "config/config.yaml").read_text()) == user.config
