"""The command on models in files: answers on the standard output, mistakes as one line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import model_folders as models
import pandas as pd
import pytest
import torch
import yaml
from model_folders import BASE, TUNED, UP

from mergeability.cli import main

OTHER = models.tuned(BASE, 2)


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a base, two models, two adapters and some that are broken."""
    models.save_folder(BASE, tmp_path / "base", shards=2)
    models.save_folder(TUNED, tmp_path / "zoo/birds", shards=3)
    models.save_one(OTHER, tmp_path / "zoo/boats.safetensors")
    for seed in (1, 2):
        models.save_adapter(models.factors([UP], BASE, seed=seed), tmp_path / f"zoo/lora{seed}")
    (tmp_path / "broken.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    (tmp_path / "empty.pt").touch()
    (tmp_path / "nothing").mkdir()
    models.save_one(
        {**TUNED, "lm_head.weight": torch.full((24, 16), torch.inf)}, tmp_path / "inf.safetensors"
    )
    models.save_one({"foreign.weight": torch.ones(3, 3)}, tmp_path / "foreign.safetensors")
    models.save_one(BASE, tmp_path / "same.safetensors")
    models.save_adapter(models.factors([UP], BASE), tmp_path / "ia3", peft_type="IA3")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "argv", ["mergeability", *line.split()])
    main()


PAIR = "zoo/birds zoo/boats.safetensors"

MISTAKES = {
    "compare zoo/birds zoo/nothing --base base": "zoo/nothing: there is no such file or folder",
    f"compare {PAIR} --base nowhere": "nowhere: there is no such file or folder",
    f"compare {PAIR}": "name the base it was fine-tuned from",
    f"compare {PAIR} --base zoo/lora1": "an adapter is no base",
    "compare zoo/birds broken.safetensors --base base": "pointer of Git LFS",
    "compare zoo/birds empty.pt --base base": "the file is empty",
    "compare zoo/birds nothing --base base": "no weights in this folder",
    "compare zoo/birds foreign.safetensors --base base": "not in base",
    "compare zoo/birds inf.safetensors --base base": "'lm_head.weight' holds NaN or infinite",
    "compare zoo/birds ia3 --base base": "an adapter of type IA3",
    "inspect zoo/birds/config.json": "JSON holds no weights",
    "inspect zoo/birds/model-00001-of-00003.safetensors": "name its folder",
    "inspect zoo/lora1/adapter_model.safetensors": "the file of an adapter; name its folder",
    f"merge --method tees {PAIR} --base base -o out": "did you mean 'ties'?",
    f"merge --method ties --set keeep=1 {PAIR} --base base -o out": "did you mean 'keep'?",
    f"merge --method ties --set keep=3 {PAIR} --base base -o out": "a number between 0 and 1",
    f"merge --method ties --set keep {PAIR} --base base -o out": "expected KEY=VALUE",
    f"merge --method ties --set keep=1 --set keep=1 {PAIR} --base base -o out": "set twice",
    f"merge --method ties --set keep=[ {PAIR} --base base -o out": "the value is not valid",
    f"merge --method dare --set drop=1 {PAIR} --base base -o out": "leaves nothing",
    f"merge --method fisher {PAIR} --base base -o out": "needs data of the tasks (fisher)",
    f"merge --method adamerging {PAIR} --base base -o out": "needs data of the tasks (examples)",
    f"merge --method slerp {PAIR} zoo/lora1 --base base -o out": "merges 2 models, not 3",
    "merge --method ties zoo/birds --base base -o out": "merges two or more models, not 1",
    "merge --method ties zoo/birds zoo/birds --base base -o out": "are called 'zoo-birds'",
    f"merge --method ties {PAIR} --base base -o zoo": "zoo: is there already",
    f"merge --method ties {PAIR} --base base": "nothing to write",
    f"merge --method tsv {PAIR} --base base -o out --mergekit y": "mergekit has no such method",
    f"merge --method ties {PAIR} --base base -o out --mergekit y": "mergekit reads folders",
    "merge --method ties zoo/birds same.safetensors --base base -o out": "of the base itself",
    "merge --method ties zoo/birds inf.safetensors --base base -o out": "holds NaN or infinite",
    "screen nowhere --base base -o out": "nowhere: there is no such folder",
    "screen nothing --base base -o out": "0 models of this base",
    "screen zoo --base base -o zoo": "zoo: is there already",
    "screen zoo --base ia3 -o out": "an adapter of type IA3",
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_line_and_code_2_and_nothing_is_written(
    line: str, zoo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(zoo.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, line)
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert MISTAKES[line] in said.err
    assert said.err.startswith("mergeability: error: ")
    assert said.err.count("\n") == 1
    assert not said.out
    assert sorted(zoo.rglob("*")) == before


@pytest.mark.usefixtures("zoo")
def test_compare_says_what_fits_what_conflicts_and_how_little_it_tells(monkeypatch, capsys) -> None:
    call(monkeypatch, f"compare {PAIR} --base base")
    said = capsys.readouterr().out
    assert "zoo/birds: Hugging Face folder of 3 shards\n  17 tensors match the base" in said
    assert "sign_conflict: 0." in said
    assert re.search(r"Where they conflict most.*\n  \S+: [+-]0\.\d{3}, 0\.\d\d,", said)
    assert "Weights alone say little" in said
    assert "Warning" not in said


@pytest.mark.usefixtures("zoo")
def test_json_of_compare_is_for_programs(monkeypatch, capsys) -> None:
    call(monkeypatch, "compare zoo/lora1 zoo/lora2 --json")
    content = json.loads(capsys.readouterr().out)
    total = content["rows"][0]
    assert total["level"] == "total"
    assert 0 < total["right_subspace_overlap_top_k"] < 1
    assert "sign_conflict" not in total
    assert [model["coverage"]["matched"] for model in content["models"]] == [1, 1]


@pytest.mark.usefixtures("zoo")
def test_inspect_says_what_files_are_and_what_they_changed(monkeypatch, capsys) -> None:
    call(monkeypatch, "inspect zoo/birds zoo/lora1 same.safetensors --base base")
    said = capsys.readouterr().out
    assert "architecture, by its config: LlamaForCausalLM" in said
    assert "PEFT adapter (LoRA, rank 4)\n  base, by its config: me/base" in said
    assert re.search(r"model\.layers\.1: moved by \S+, \d\.\d+% of the base", said)
    assert "same.safetensors: the weights of the base itself, not fine-tuned" in said
    call(monkeypatch, "inspect zoo/birds --json")
    (report,) = json.loads(capsys.readouterr().out)
    assert report["parameters"] == sum(tensor.numel() for tensor in BASE.values())


def test_merge_writes_a_model_and_mergekits_recipe(zoo, monkeypatch, capsys) -> None:
    pair = "zoo/birds zoo/lora1"
    line = f"merge --method ties --set keep=.3 --set scale=1 {pair} --base base -o out/merged"
    call(monkeypatch, f"{line} --mergekit out/ties.yaml")
    assert capsys.readouterr().out == "Written: out/merged, out/ties.yaml\n"
    assert yaml.safe_load((zoo / "out/ties.yaml").read_text())["parameters"]["lambda"] == 1
    call(monkeypatch, "inspect out/merged --base base --json")
    (report,) = json.loads(capsys.readouterr().out)
    assert report["coverage"] == ["17 tensors match the base"]
    assert report["kind"] == "Hugging Face folder of 2 shards"


def test_screen_writes_a_table_and_a_figure_and_names_what_it_leaves_out(
    zoo, monkeypatch, capsys
) -> None:
    (zoo / "foreign.safetensors").rename(zoo / "zoo/foreign.safetensors")
    call(monkeypatch, "screen zoo --base base -o out")
    said = capsys.readouterr().out
    assert "4 models: birds, boats, lora1, lora2" in said
    assert "Left out, zoo/foreign.safetensors: " in said
    table = pd.read_csv(zoo / "out/metrics.csv")
    assert len(table) == 6
    assert table["task_vector_cosine_similarity"].between(-1, 1).all()
    assert (zoo / "out/screening.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize("command", ["", "compare", "merge", "inspect", "screen"])
def test_help_has_examples_and_imports_nothing_heavy(command: str) -> None:
    code = (
        "import sys; from mergeability.cli import main\n"
        "try:\n    main()\n"
        "finally:\n"
        "    print(*{'torch', 'numpy', 'pandas'} & sys.modules.keys(), file=sys.stderr)"
    )
    arguments = [*command.split(), "--help"]
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert "usage: mergeability" in result.stdout or "usage: -c" in result.stdout
    assert not command or f"mergeability {command} " in result.stdout
    assert not result.stderr.strip()
