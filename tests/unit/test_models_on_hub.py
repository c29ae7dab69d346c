"""Models on a hub, by their address: what is fetched, and what is said where that fails."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import model_folders as models
import pytest
import torch
import yaml
from hub_server import LocalHub
from huggingface_hub import constants
from model_folders import BASE, TUNED, UP
from workspace import ROOT

import mergeability
from mergeability.checkpoints.opening import open_source
from mergeability.mergekit import recipe


def files_of(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """The content of repositories: shards beside what is not wanted, a folder inside, adapters."""
    made = tmp_path_factory.mktemp("served")
    birds = files_of(models.save_folder(TUNED, made / "birds", shards=3))
    for name in ("pytorch_model.bin", "optimizer.bin", "code.py", "onnx/model.safetensors"):
        birds[name] = b"not to be fetched"
    birds["1_Pooling/config.json"] = b'{"word_embedding_dimension": 16}'
    inner = files_of(models.save_folder(TUNED, made / "bin", 2, "bin"))
    boats = {f"runs/last/{name}": content for name, content in inner.items()}
    boats["best.pt"] = models.save_torch(TUNED, made / "best.pt").read_bytes()
    lora = files_of(models.save_adapter(models.factors([UP], BASE), made / "lora"))
    return {
        "me/base": files_of(models.save_folder(BASE, made / "base")),
        "me/birds": birds,
        "me/boats": boats,
        "me/lora": {**lora, "adapter_model.bin": b"not to be fetched"},
        "me/empty": {"README.md": b""},
    }


@pytest.fixture
def hub(served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    with LocalHub() as hub:
        for name, files in served.items():
            hub.add(name, "model", files)
        hub.add("me/birds", "model", served["me/base"], "before")
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield hub


def fetched(hub: LocalHub) -> set[str]:
    paths = [request.path for request in hub.requests if request.method == "GET"]
    return {path.split("/resolve/")[1].split("/", 1)[1] for path in paths if "/resolve/" in path}


ADDRESSES = {
    "hf://me/birds": TUNED,
    "hf:/me/birds/": TUNED,  # as a path writes it
    "hf://me/birds@main": TUNED,
    "hf://me/birds@before": BASE,
    "hf://me/birds/model.safetensors.index.json": TUNED,
    "hf://me/boats/runs/last": TUNED,
    "hf://me/boats@main/best.pt": TUNED,
}


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_model_on_a_hub_is_read_as_from_a_folder(address: str) -> None:
    weights = open_source(Path(address) if address.startswith("hf:/m") else address)
    assert weights.tensors.keys() == BASE.keys()
    for name, tensor in ADDRESSES[address].items():
        assert torch.equal(weights.tensors[name].load(), tensor)


def test_what_a_model_needs_is_fetched_once_and_nothing_else(hub: LocalHub, served) -> None:
    open_source("hf://me/birds")
    wanted = {name for name, content in served["me/birds"].items() if b"not to" not in content}
    assert fetched(hub) == wanted
    assert {"1_Pooling/config.json", "model-00003-of-00003.safetensors"} < wanted
    hub.requests.clear()
    open_source("hf://me/birds")
    assert not fetched(hub)


def test_adapters_and_their_base_compare_and_merge(hub: LocalHub, tmp_path: Path) -> None:
    frame = mergeability.compare("hf://me/lora", "hf://me/birds", "hf://me/base")
    assert frame.iloc[0]["tensors"] > 0
    assert fetched(hub) & {"adapter_model.bin", "code.py"} == set()
    mergeability.merge(
        ["hf://me/lora", "hf://me/birds"], "hf://me/base", tmp_path / "out", method="ties"
    )
    assert (tmp_path / "out/tokenizer.json").is_file()
    assert open_source(tmp_path / "out").tensors.keys() == BASE.keys()


def test_mergekit_is_given_the_names_of_repositories() -> None:
    made = yaml.safe_load(recipe("ties", {}, ["hf://me/a", "b"], Path("hf://me/base")))
    assert made["base_model"] == "me/base"
    assert [model["model"] for model in made["models"]] == ["me/a", "b"]


MISTAKES = {
    "hf://base": "write hf://owner/name[@revision][/folder or file]",
    "hf://me/nobody": "model 'me/nobody': there is no such repository; correct its name",
    "hf://me/birds@never": "at revision 'never': there is no such revision; correct it",
    "hf://me/birds/other": "there are no weights of this name in the repository; correct",
    "hf://me/birds/other.safetensors": "there are no weights of this name in the repository",
    "hf://me/empty": "there are no weights of this name in the repository",
}


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("address", MISTAKES)
def test_a_wrong_address_is_one_line_with_the_cure(address: str) -> None:
    with pytest.raises((ValueError, OSError)) as caught:
        open_source(address)
    assert MISTAKES[address] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("hub")
def test_the_command_says_in_one_line_that_it_is_offline(tmp_path: Path) -> None:
    environment = {**os.environ, "HF_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT / "src")}

    def inspect(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mergeability", "inspect", "hf://me/birds"]
        return subprocess.run(
            command, env=environment | more, capture_output=True, text=True, check=False
        )

    offline = inspect(HF_HUB_OFFLINE="1")
    assert offline.returncode == 2
    (said,) = offline.stderr.splitlines()
    assert "model 'me/birds': it is not in the cache, and HF_HUB_OFFLINE is set" in said
    online = inspect()
    assert "Hugging Face folder of 3 shards" in online.stdout, online.stderr
    assert inspect(HF_HUB_OFFLINE="1").stdout == online.stdout
