"""The library as a wheel, without the repository; its dependencies in all places that list them."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from workspace import ROOT

# Names that conda-forge gives to packages of PyPI.
CONDA_NAMES = {
    "huggingface-hub": "huggingface_hub",
    "matplotlib": "matplotlib-base",
    "snakemake": "snakemake-minimal",
    "torch": "pytorch",
}
# What jobs do not import, and what huggingface_hub brings along.
NOT_LISTED = {"jsonschema", "snakemake-executor-plugin-slurm", "httpx2"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder that holds the library alone, installed from its wheel."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    shutil.copytree(
        ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("config", "profiles", "workflow"):
        shutil.copytree(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(wheel)], check=True)
    return target


def run(installed: Path, *arguments: str) -> str:
    """What Python prints where only the installed library is found."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=installed.parent,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


def test_the_wheel_works_without_the_repository(installed):
    where = run(installed, "-c", "import mergeability; print(mergeability.__file__)")
    assert where.startswith(str(installed))
    assert "recommend" in run(installed, "-m", "mergeability", "--help")
    assert (installed / "bin/mergeability").is_file()


def test_the_command_needs_nothing_heavy(installed):
    program = "import sys, mergeability.cli.recommend, mergeability.cli.why; print(*sys.modules)"
    assert not {"torch", "numpy", "pandas"} & set(run(installed, "-c", program).split())


def test_the_version_is_that_of_the_package(installed):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert run(installed, "-m", "mergeability", "--version").split()[-1] == project["version"]
    assert f"\n## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_data_files_are_in_the_wheel(installed):
    suffixes = {".csv", ".html", ".yaml", ".typed"}
    source = ROOT / "src/mergeability"
    wanted = {p.relative_to(source) for p in source.rglob("*") if p.suffix in suffixes}
    wanted.add(Path("py.typed"))
    package = installed / "mergeability"
    assert wanted <= {path.relative_to(package) for path in package.rglob("*")}


@pytest.mark.slow
def test_a_study_of_the_wheel_runs_by_the_workflow_inside_of_it(installed):
    study = installed.parent / "study"
    assert f"cd {study}" in run(installed, "-m", "mergeability", "init", str(study))
    program = "from mergeability.workflow.layout import snakefile; print(snakefile())"
    carried = installed / "mergeability/repository/workflow/Snakefile"
    assert run(installed, "-c", program).strip() == str(carried)
    plan = ["-m", "snakemake", "--directory", str(study), "--snakefile", str(study / "Snakefile")]
    assert "make_report" in run(installed, *plan, "--cores", "1", "--dry-run", "--quiet", "host")
    (carried.parent / "rules/report.smk").unlink()
    with pytest.raises(subprocess.CalledProcessError):
        run(installed, *plan, "--cores", "1", "--dry-run")


def test_the_environment_lists_what_jobs_import():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=]", listed)[0].replace("_", "-") for listed in project["dependencies"]]
    bounds = [re.sub(r"^[\w-]+", "", listed) for listed in project["dependencies"]]
    expected = {
        CONDA_NAMES.get(name, name): bound
        for name, bound in zip(names, bounds, strict=True)
        if name not in NOT_LISTED
    }
    environment = yaml.safe_load((ROOT / "workflow/envs/mergeability.yaml").read_text())
    listed = dict(entry.split(" ") for entry in environment["dependencies"])
    assert listed.pop("python") == "=3.11"
    assert listed.pop("pip")  # installs the library itself
    assert listed == expected


def test_no_target_of_make_writes_into_the_docs_of_the_repository():
    commands = [line for line in (ROOT / "Makefile").read_text().splitlines() if line[:1] == "\t"]
    assert not [line for line in commands if " docs/" in line]
