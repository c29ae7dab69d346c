"""A vision tower of 6,000 weights and a task of three colours, to train in a second.

As a program it trains in a process of its own, which may kill itself on the way.
"""

import json
import os
import signal
import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mergeability.backbones.architecture import build_vision_tower, load_weights, state_arrays
from mergeability.files import write_tensors
from mergeability.finetuning.loop import finetune
from mergeability.finetuning.state import StateFile

ARCHITECTURE = {
    "embed_dim": 16,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.25, 0.25, 0.25],
    "vision_cfg": {"image_size": 8, "patch_size": 4, "width": 16, "layers": 1, "head_width": 8},
    "text_cfg": {"context_length": 4, "vocab_size": 8, "width": 16, "heads": 2, "layers": 1},
}
RECIPE: dict[str, Any] = {
    "optimizer": "adamw",
    "samples_seen": 640,
    "batch_size": 32,
    "accumulation": 1,
    "learning_rate": 3e-3,
    "warmup_steps": 4,
    "weight_decay": 0.05,
    "clip_norm": 1.0,
    "max_shift": 1,
    "precision": "float32",
}
COLOURS = np.array([[200, 40, 40], [40, 200, 40], [40, 40, 200]], dtype=np.uint8)

Weights = dict[str, NDArray[Any]]
Data = tuple[NDArray[np.uint8], NDArray[np.int64]]


def pretrained_weights() -> Weights:
    torch.manual_seed(0)
    return state_arrays(build_vision_tower(ARCHITECTURE))


def colour_head() -> Tensor:
    weights = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    return 10 * nn.functional.normalize(weights, dim=1)


def colour_data() -> Data:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(96) % 3)
    noise = rng.integers(40, size=(96, 8, 8, 3), dtype=np.uint8)
    return COLOURS[labels][:, None, None, :] + noise, labels


def train(
    data: Data, seed: int = 0, state_file: StateFile | None = None, **changes: Any
) -> nn.Module:
    """The tower after training by `RECIPE` with these changes."""
    vision = build_vision_tower(ARCHITECTURE)
    load_weights(vision, pretrained_weights())
    recipe = {**RECIPE, **changes}
    finetune(vision, ARCHITECTURE, colour_head(), *data, recipe, seed, "cpu", state_file=state_file)
    return vision


class DeadlyImages:
    """Images that kill the process when they are asked for a batch for the nth time."""

    def __init__(self, images: NDArray[np.uint8], last: int) -> None:
        self.images, self.left = images, last

    def __getitem__(self, batch: NDArray[np.int64]) -> NDArray[np.uint8]:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.images[batch]


def main(state: str, output: str, changes: dict[str, Any], batches: int, saves: int) -> None:
    """Train, but die after so many batches, or while the state is written once more."""
    torch.set_num_threads(1)
    images, labels = colour_data()
    sync = os.fsync

    def deadly_sync(file: int) -> None:
        nonlocal saves
        saves -= 1
        if saves < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        sync(file)

    os.fsync = deadly_sync
    state_file = StateFile(state, every=3, settings=changes)
    tower = train((DeadlyImages(images, batches), labels), state_file=state_file, **changes)
    write_tensors(output, state_arrays(tower))
    state_file.remove()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
