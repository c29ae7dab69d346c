"""Which files of a folder are candidates: content decides, nothing is left out unsaid."""

from pathlib import Path

import model_folders as models
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mergeability.cli.recommend import name_of, read_entry
from mergeability.recommendation.candidate_files import find_candidates

WEIGHTS = {"ln_post.weight": torch.ones(3), "class_embedding": torch.zeros(3)}


def add(folder, *names):
    """Files with weights: safetensors where the name says so, else of `torch.save`."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name.lower().endswith(".safetensors"):
            save_file(WEIGHTS, path)
        else:
            torch.save(WEIGHTS, path)


def names_in(folder):
    return list(find_candidates(folder).taken)


def reasons_in(folder):
    left_out = find_candidates(folder).left_out
    return {str(path.relative_to(folder)): reason for path, reason in left_out.items()}


def test_content_decides_whatever_the_suffix(tmp_path):
    add(tmp_path, "a.safetensors", "b.PT", "c.ckpt", "d.pth.tar", "e.SafeTensors", "f.v1.Bin", "g")
    torch.save(WEIGHTS, tmp_path / "h.pt", _use_new_zipfile_serialization=False)
    (tmp_path / "notes.pt").write_text("no weights")
    (tmp_path / "empty.safetensors").touch()
    assert names_in(tmp_path) == ["a", "b", "c", "d", "e", "f.v1", "g", "h"]
    reasons = reasons_in(tmp_path)
    assert reasons["notes.pt"] == "holds no weights that safetensors or PyTorch wrote"
    assert "empty.safetensors" in reasons


def test_broken_files_are_left_out_with_the_reason(tmp_path):
    add(tmp_path, "a.safetensors", "b.pt", "good.pt")
    for name in ("a.safetensors", "b.pt"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) - 40])
    assert names_in(tmp_path) == ["good"]
    assert all(reason.startswith("broken (") for reason in reasons_in(tmp_path).values())


def test_states_of_trainers_are_left_out_by_name_and_by_content(tmp_path):
    add(tmp_path, "birds.pt", "boats.pt", "optimizer.pt", "scheduler.bin", "scaler.pt")
    add(tmp_path, "rng_state_0.pth", "random_states_1.pt", "training_args.bin")
    add(tmp_path, "zero_pp_rank_0_mp_rank_00_optim_states.pt")
    model = nn.Linear(2, 2)
    for name, parameters in (("o.pt", model.parameters()), ("n.pt", model.named_parameters())):
        optimizer = torch.optim.AdamW(parameters)
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        torch.save(optimizer.state_dict(), tmp_path / name)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    torch.save(schedule.state_dict(), tmp_path / "s.pt")
    torch.save({"cpu": torch.get_rng_state()}, tmp_path / "r.pt")
    assert names_in(tmp_path) == ["birds", "boats"]
    assert len(reasons_in(tmp_path)) == 11


def test_hidden_files_and_folders_are_left_out(tmp_path):
    add(tmp_path, "a.pt", "._a.pt", ".cache/b.pt")
    assert names_in(tmp_path) == ["a"]
    assert reasons_in(tmp_path) == {"._a.pt": "hidden", ".cache": "hidden"}


def test_models_in_folders_have_the_names_of_their_folders(tmp_path):
    add(tmp_path, "birds/model.safetensors", "birds/pytorch_model.bin", "boats/pytorch_model.bin")
    add(tmp_path, "cars/finetuned.pt", "dtd/finetuned.pt", "deep/er/unlike.pt")
    (tmp_path / "birds/config.json").write_text("{}")
    assert names_in(tmp_path) == ["birds", "boats", "cars", "dtd", "unlike"]
    assert reasons_in(tmp_path)["birds/pytorch_model.bin"].startswith("the model of model.safe")
    add(tmp_path, "x/checkpoint-5/model.safetensors", "y/checkpoint-5/model.safetensors")
    assert {"x-checkpoint-5", "y-checkpoint-5"} <= set(names_in(tmp_path))


def test_parts_of_models_links_and_equal_names(tmp_path):
    add(tmp_path, "a.pt", "m-00001-of-00002.safetensors", "my birds (1).pt")
    (tmp_path / "link.pt").symlink_to("a.pt")
    (tmp_path / "loop").symlink_to(".")
    assert names_in(tmp_path) == ["a", "my-birds-1"]
    reasons = reasons_in(tmp_path)
    assert reasons["link.pt"].startswith("the same file as")
    assert "one shard of a model" in reasons["m-00001-of-00002.safetensors"]
    add(tmp_path, "a.safetensors")
    with pytest.raises(ValueError, match=r"several files are called \['a'\]"):
        find_candidates(tmp_path)


def test_shards_and_adapters_are_one_candidate_each(tmp_path):
    models.save_folder(models.TUNED, tmp_path / "birds", shards=3)
    models.save_folder(models.TUNED, tmp_path / "boats/checkpoint-9", 2, "bin")
    (tmp_path / "boats/checkpoint-9/optimizer.bin").write_bytes(b"")
    for name in ("cars", "dogs"):
        folder = tmp_path / name / "adapter"
        models.save_adapter(models.factors([models.UP], models.BASE), folder)
    models.save_folder(models.TUNED, tmp_path / ".trash", shards=2)
    add(tmp_path, "eggs.pt")
    found = find_candidates(tmp_path).taken
    assert {name: str(path.relative_to(tmp_path)) for name, path in found.items()} == {
        "birds": "birds",
        "cars": "cars/adapter",
        "checkpoint-9": "boats/checkpoint-9",
        "dogs": "dogs/adapter",
        "eggs": "eggs.pt",
    }
    assert reasons_in(tmp_path) == {".trash": "hidden"}


def test_shards_of_a_cache_of_a_hub_come_once(tmp_path):
    models.save_folder(models.TUNED, tmp_path / "blobs", shards=2)
    (tmp_path / "blobs/model.safetensors.index.json").rename(tmp_path / "blobs/0000")
    for number in (1, 2):
        name = f"model-0000{number}-of-00002.safetensors"
        (tmp_path / "blobs" / name).rename(tmp_path / f"blobs/{number}")
    snapshot = tmp_path / "snapshots/birds"
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors.index.json").symlink_to("../../blobs/0000")
    for number in (1, 2):
        name = f"model-0000{number}-of-00002.safetensors"
        (snapshot / name).symlink_to(f"../../blobs/{number}")
    assert names_in(tmp_path) == ["birds"]
    assert reasons_in(tmp_path)["blobs/1"] == "the same file as snapshots/birds"


def test_folders_that_cannot_be_read_are_left_out_with_the_reason(tmp_path):
    models.save_folder(models.TUNED, tmp_path / "birds", shards=3)
    (tmp_path / "birds/model-00002-of-00003.safetensors").unlink()
    models.save_adapter(models.factors([models.UP], models.BASE), tmp_path / "boats", r=9)
    models.save_adapter({}, tmp_path / "cars", peft_type="IA3")
    found = find_candidates(tmp_path)
    assert not found.taken
    reasons = reasons_in(tmp_path)
    assert reasons["birds"].startswith("1 of 3 shards missing (model-00002-of-00003.safetensors)")
    assert "has rank 4, adapter_config.json says 9" in reasons["boats"]
    assert reasons["cars"].startswith("adapter_config.json: an adapter of type IA3, not LoRA")


def test_all_is_said(tmp_path, capsys):
    add(tmp_path, "a.pt", "b.ckpt", "optimizer.pt")
    assert read_entry(tmp_path)["candidates"].keys() == {"a", "b"}
    said = capsys.readouterr().out
    assert f"b: {tmp_path}/b.ckpt" in said
    assert "Left out, the state of a trainer, by its name: optimizer.pt" in said
    (tmp_path / "b.ckpt").unlink()
    with pytest.raises(SystemExit, match="1 checkpoints in this folder"):
        read_entry(tmp_path)


def test_no_two_inputs_share_their_results(tmp_path, monkeypatch):
    folders = [tmp_path / name for name in ("exp1/cands", "exp2/cands", "run.v1", "run.v2", "run")]
    for folder in folders:
        folder.mkdir(parents=True)
    listed = tmp_path / "run.yaml"
    listed.touch()
    names = [name_of(path) for path in (*folders, listed)]
    assert len(set(names)) == 6
    assert names[2].startswith("run.v1-")
    monkeypatch.chdir(tmp_path / "exp1")
    assert name_of(Path("cands")) == name_of(Path("../exp1/cands/")) == names[0]
