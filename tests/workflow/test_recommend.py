"""Recommendations for checkpoints the zoo has never seen, from the real Snakemake to a browser."""

import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from hub_server import LocalHub
from test_report import browser  # noqa: F401 - a fixture

from mergeability.files import read_tensors, write_tensors

pytestmark = pytest.mark.slow

CANDIDATES = ("clock", "faces", "greek")


@pytest.fixture(scope="module")
def recommending(built, tmp_path_factory):
    """A copy of the finished zoo, beside candidates in two layouts that differ from its own."""
    workspace = built.copy(tmp_path_factory.mktemp("recommending") / "copy")
    folder = workspace / "my own"
    folder.mkdir()
    for name, source in zip(CANDIDATES, ("arrows", "colours", "shapes"), strict=True):
        tensors = read_tensors(workspace / f"results/mini/checkpoints/{source}.safetensors")
        tensors = {key: array + np.float32(1e-3) * np.sign(array) for key, array in tensors.items()}
        if name == "greek":
            state = {f"model.visual.{key}": torch.tensor(array) for key, array in tensors.items()}
            torch.save(state, folder / f"{name}.pt")
        elif name == "faces":
            write_tensors(folder / f"{name}/model.SAFETENSORS", tensors)
        else:
            write_tensors(folder / f"{name}.safetensors", tensors)
    torch.save({"state": {}, "param_groups": []}, folder / "optimizer.pt")
    return workspace


def recommend(workspace, *options, candidates="my own", **environment):
    command = [sys.executable, "-m", "mergeability", "recommend", candidates, *options]
    result = subprocess.run(
        command,
        cwd=workspace.folder,
        env={**workspace.environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("\n\nPairs by predicted") == 1
    assert "Zoo mini" not in result.stdout  # the summary of the study
    page = workspace / result.stdout.splitlines()[-1].removeprefix("Recommendation: ")
    return page.parent


def test_what_is_left_out_is_said_and_kept(recommending):
    again = recommending / "again"
    shutil.copytree(recommending / "my own", again)
    shutil.copy(again / "clock.safetensors", again / "twice.safetensors")
    folder = recommend(recommending, candidates="again")
    assert list(pd.read_csv(folder / "left_out.csv")["candidate"]) == ["twice"]
    assert "Left out: twice: again/twice.saf" in (folder / "recommendation.txt").read_text()
    assert "<b>twice</b>: again/twice.saf" in (folder / "recommendation.html").read_text()


@pytest.mark.parametrize("options", [(), ("--data",)])
def test_every_pair_and_merger_is_ranked(recommending, options):
    folder = recommend(recommending, *options)
    pairs = pd.read_parquet(folder / "pairs.parquet")
    assert len(pairs) == 3 * 5
    assert set(pairs["rank"]) == {1, 2, 3}
    assert pairs["predicted_normalized_accuracy"].notna().all()
    metrics = pd.read_parquet(folder / "metrics.parquet")
    assert ("activation_dot_product" in metrics) == bool(options)


def test_candidates_may_lie_on_a_hub(recommending):
    clock, faces = "my own/clock.safetensors", "my own/faces/model.SAFETENSORS"
    with LocalHub() as hub:
        hub.add("me/faces", "model", {"model.safetensors": (recommending / faces).read_bytes()})
        listed = {
            "clock": {"path": clock},
            "faces": {"hub": "me/faces", "file": "model.safetensors", "revision": "main"},
        }
        (recommending / "listed.yaml").write_text(yaml.safe_dump({"candidates": listed}))
        folder = recommend(recommending, candidates="listed.yaml", HF_ENDPOINT=hub.url)
    found = pd.read_parquet(folder / "metrics.parquet")
    listed["faces"] = {"path": faces}
    (recommending / "local.yaml").write_text(yaml.safe_dump({"candidates": listed}))
    local = recommend(recommending, candidates="local.yaml")
    pd.testing.assert_frame_equal(found, pd.read_parquet(local / "metrics.parquet"))


def test_the_page_opens_offline(recommending, browser):  # noqa: F811
    page = recommend(recommending) / "recommendation.html"
    browser.get(page.as_uri())
    assert "Which checkpoints to merge: my-own-" in browser.title
    (image,) = browser.find_elements("tag name", "img")
    assert browser.execute_script("return arguments[0].naturalWidth", image) > 0
    assert browser.get_log("browser") == []
