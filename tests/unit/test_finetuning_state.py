"""Training that is killed goes on, and ends as if nothing had happened."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import small_training
from small_training import ARCHITECTURE, Data, colour_data, train
from torch import nn

from mergeability.backbones.architecture import state_arrays
from mergeability.files import read_metadata, read_tensors
from mergeability.finetuning.state import StateFile

ROOT = Path(__file__).parents[2]
ALIVE = 1000  # more batches and saves than any run has
RECIPES: dict[str, dict[str, Any]] = {
    "adamw, shifts": {"samples_seen": 320},
    "sgd, parts, bfloat16, regularizer": {
        "samples_seen": 320,
        "optimizer": "sgd",
        "momentum": 0.9,
        "learning_rate": 0.05,
        "accumulation": 2,
        "precision": "bfloat16",
        "regularizer": {"method": "gradient_magnitude", "strength": 0.1},
    },
}


class InterruptionError(Exception):
    """What stops training inside of this process."""


class InterruptingImages:
    """Images that end training at the nth batch."""

    def __init__(self, images: Any, last: int) -> None:
        self.images, self.left = images, last

    def __getitem__(self, batch: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise InterruptionError
        return self.images[batch]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data() -> Data:
    return colour_data()


def interrupt(data: Data, batches: int, state_file: StateFile, **changes: Any) -> None:
    images, labels = data
    interrupting: Any = InterruptingImages(images, batches)
    with pytest.raises(InterruptionError):
        train((interrupting, labels), state_file=state_file, **changes)


def digest(tower: nn.Module) -> bytes:
    return b"".join(array.tobytes() for array in state_arrays(tower).values())


def run_and_die(folder: Path, changes: dict[str, Any], batches: int, saves: int) -> int:
    """Train in another process; the exit status."""
    program = [sys.executable, small_training.__file__]
    arguments = [folder / ".state.safetensors", folder / "trained.safetensors"]
    return subprocess.run(
        [*program, *arguments, json.dumps(changes), str(batches), str(saves)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        check=False,
    ).returncode


def test_a_killed_training_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """Killed before the first save, while saving, and after it; ten steps, saved every third."""
    changes = RECIPES["adamw, shifts"]
    killed = [run_and_die(tmp_path, changes, *deadline) for deadline in ((2, 9), (9, 1), (5, 9))]
    assert killed == [-9, -9, -9]
    assert read_metadata(tmp_path / ".state.safetensors")["step"] == 6
    assert run_and_die(tmp_path, changes, ALIVE, ALIVE) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["trained.safetensors"]
    (tmp_path / "whole").mkdir()
    assert run_and_die(tmp_path / "whole", changes, ALIVE, ALIVE) == 0
    trained, whole = (p / "trained.safetensors" for p in (tmp_path, tmp_path / "whole"))
    assert trained.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("every", [1, 4])
def test_training_may_stop_at_every_step(name: str, every: int, data: Data, tmp_path: Path) -> None:
    whole = digest(train(data, **RECIPES[name]))
    for batches in range(10):
        state_file = StateFile(tmp_path / f"{batches}.safetensors", every, "settings")
        interrupt(data, batches, state_file, **RECIPES[name])
        assert state_file.path.exists() == (batches >= every)
        assert digest(train(data, state_file=state_file, **RECIPES[name])) == whole


def test_random_numbers_of_the_tower_go_on(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ARCHITECTURE["vision_cfg"], "patch_dropout", 0.5)  # type: ignore[arg-type]
    whole = digest(train(data))
    assert whole != digest(train(data, seed=1))
    state_file = StateFile(tmp_path / "state.safetensors", 3, "settings")
    interrupt(data, 7, state_file)
    assert digest(train(data, state_file=state_file)) == whole


@pytest.mark.parametrize("change", ["settings", "input"])
def test_the_state_of_another_run_is_left_alone(
    change: str, data: Data, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, given = tmp_path / "state.safetensors", tmp_path / "data"
    given.write_text("one")
    interrupt(data, 7, StateFile(path, 3, {"seed": 0}, [given]))
    if change == "input":
        given.write_text("two")
    other = StateFile(path, 0, {"seed": int(change == "settings")}, [given])
    assert digest(train(data, seed=1, state_file=other)) == digest(train(data, seed=1))
    assert f"{path} belongs to another recipe, seed or input; starting over" in caplog.text
    assert path.exists()


def test_how_often_a_run_is_saved_may_change_on_the_way(data: Data, tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    interrupt(data, 7, StateFile(path, 3, "settings"))
    never = StateFile(path, 0, "settings")
    assert digest(train(data, state_file=never)) == digest(train(data))
    assert read_metadata(path)["step"] == 6
    never.remove()
    assert not path.exists()
    train(data, state_file=never)
    assert not path.exists()


@pytest.mark.parametrize("later", [6, None])
def test_a_state_that_another_job_replaces_or_removes_meanwhile_is_never_mixed(
    later: int | None, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state_file = StateFile(tmp_path / "state.safetensors", 3, "settings")
    interrupt(data, 4, state_file)
    ahead = StateFile(tmp_path / "ahead.safetensors", 3, "settings")
    interrupt(data, 7, ahead)

    def read_late(path: Path) -> Any:
        if later and ahead.path.exists():
            ahead.path.replace(path)
        elif not later:
            path.unlink()
        return read_tensors(path)

    monkeypatch.setattr("mergeability.finetuning.state.read_tensors", read_late)
    assert digest(train(data, state_file=state_file)) == digest(train(data))


def test_a_broken_state_is_named_with_the_cure(data: Data, tmp_path: Path) -> None:
    state_file = StateFile(tmp_path / "state.safetensors", 3, "settings")
    interrupt(data, 7, state_file)
    state_file.path.write_bytes(state_file.path.read_bytes()[:-100])
    with pytest.raises(
        ValueError, match=r"state\.safetensors: not a whole safetensors file.*delete"
    ):
        train(data, state_file=state_file)
