"""A checkpoint of a hub, from its fetching to the zoo."""

import re
from pathlib import Path

import public_layouts as public
import pytest
from hub_server import LocalHub

from mergeability.files import read_json, read_metadata

REPO = "someone/clip-vit-small_mnist"


def fetch(folder: Path, **pinned: str) -> Path:
    manifest = folder / "fetched/task.json"
    public.run_script(
        "checkpoints/fetch_weights",
        params={
            "source": {"hub": REPO, "file": "model.safetensors", **pinned},
            "cache": str(folder / "hub"),
        },
        output={"manifest": str(manifest)},
        log=[str(folder / "logs/fetch.log")],
    )
    return manifest


def test_a_fetched_checkpoint_is_imported_by_its_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = public.new_clip()
    pretrained = public.write_backbone(tmp_path, clip)
    content = public.save_fusionbench(public.finetuned(clip), tmp_path).read_bytes()
    with LocalHub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        commit = hub.add(REPO, "model", {"model.safetensors": content})
        with pytest.raises(ValueError, match=re.escape(REPO)):
            fetch(tmp_path, sha256="0" * 64)
        assert not (tmp_path / "fetched").exists()
        manifest = fetch(tmp_path)
    described = read_json(manifest)
    assert described["revision"] == commit
    assert described["size"] == len(content)
    assert not Path(described["path"]).is_absolute()

    # From here on there is no hub.
    checkpoint = public.import_into(tmp_path, manifest, pretrained)
    assert read_metadata(checkpoint) == {
        "task": "task",
        "source": f"{REPO}/model.safetensors@{commit}",
        "sha256": described["sha256"],
        "layout": "Hugging Face CLIPVisionModel",
        "projection": "backbone",
    }
    with pytest.raises(ValueError, match=f"sha256 is {described['sha256']}, expected 1111"):
        public.import_into(tmp_path, manifest, pretrained, sha256="1" * 64)
