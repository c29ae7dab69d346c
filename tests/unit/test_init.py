"""`mergeability init`: a study that runs at once, and nothing that is overwritten."""

import os
import subprocess
import sys
from pathlib import Path

import model_folders as models
import pandas as pd
import pytest
import yaml
from model_folders import BASE, TUNED, UP
from workspace import ROOT

from mergeability.cli import main


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a base among its models, and folders that hold too few."""
    models.save_folder(BASE, tmp_path / "zoo/base", shards=2)
    models.save_folder(TUNED, tmp_path / "zoo/birds", shards=3)
    models.save_one(models.tuned(BASE, 2), tmp_path / "zoo/my boats.safetensors")
    models.save_adapter(models.factors([UP], BASE), tmp_path / "zoo/lora")
    models.save_folder(TUNED, tmp_path / "few/birds")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").write_text("mine")
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["mergeability", "init", *arguments])
    main()


def test_the_demo_is_that_of_the_repository(zoo, monkeypatch, capsys) -> None:
    call(monkeypatch, "study")
    files = [path.relative_to("study") for path in Path("study").rglob("*") if path.is_file()]
    assert sorted(map(str, files)) == [
        "Snakefile",
        "config/README.md",
        "config/config.yaml",
        "profiles/default/config.yaml",
        "profiles/slurm/config.yaml",
    ]
    config = (zoo / "study/config/config.yaml").read_text()
    assert config == (ROOT / "config/config.yaml").read_text()
    assert "  cd study\n" in capsys.readouterr().out


def test_an_empty_folder_does(zoo, monkeypatch) -> None:
    (zoo / "empty").mkdir()
    call(monkeypatch, "empty")
    assert (zoo / "empty/Snakefile").is_file()


def test_models_of_a_folder_are_named_and_the_base_is_none_of_them(zoo, monkeypatch) -> None:
    call(monkeypatch, "study", "--checkpoints", "zoo", "--base", "zoo/base")
    config = yaml.safe_load((zoo / "study/config/config.yaml").read_text())
    assert config["backbones"] == {"base": {"source": "weights", "path": str(zoo / "zoo/base")}}
    assert config["zoos"]["mine"]["checkpoints"] == {
        "birds": {"path": str(zoo / "zoo/birds")},
        "lora": {"path": str(zoo / "zoo/lora")},
        "my-boats": {"path": str(zoo / "zoo/my boats.safetensors")},
    }


MISTAKES = {
    "full": "full: is there already; name another output",
    "file": "file: is there already; name another output",
    "study --base zoo/base": "--checkpoints and --base go together",
    "study --checkpoints zoo": "--checkpoints and --base go together",
    "study --checkpoints few --base zoo/base": "few: 1 models in it and below it, a pair needs two",
    "study --checkpoints nowhere --base zoo/base": "nowhere: there is no such folder",
    "study --checkpoints zoo --base nowhere": "backbones.base.path: there is no file or folder",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_line_and_writes_nothing(line, zoo, monkeypatch, capsys) -> None:
    before = sorted(zoo.rglob("*"))
    with pytest.raises(SystemExit) as stopped:
        call(monkeypatch, *line.split())
    assert stopped.value.code == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert MISTAKES[line] in said
    assert sorted(zoo.rglob("*")) == before


@pytest.mark.slow
def test_a_study_of_models_runs_by_the_line_that_was_printed(zoo, monkeypatch, capsys) -> None:
    call(monkeypatch, "study", "--checkpoints", "zoo", "--base", "zoo/base")
    assert "  snakemake --cores 2\n" in capsys.readouterr().out
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    subprocess.run(command, cwd=zoo / "study", env=environment, check=True)
    metrics = pd.read_csv(zoo / "study/results/mine/tables/metrics.csv")
    assert sorted({*metrics["task_a"], *metrics["task_b"]}) == ["birds", "lora", "my-boats"]
    assert (zoo / "study/results/mine/figures/screening.svg").is_file()
