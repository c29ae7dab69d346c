"""A vision tower ready to take images and weights."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mergeability.backbones.architecture import (
    Uninitialized,
    build_vision_tower,
    load_weights,
    normalize_images,
)
from mergeability.datasets.splits import Split
from mergeability.files import read_json, read_tensors


class Encoder:
    """The vision tower of a backbone on a device, in inference mode; weights can be exchanged.

    It has no `vision` before `load`: weights that were never loaded cannot look like results.
    """

    def __init__(self, architecture_path: str | Path, device: str) -> None:
        self.architecture = read_json(architecture_path)
        self.device = device
        with torch.device(device), Uninitialized():
            self._tower = build_vision_tower(self.architecture).eval()

    def load(self, weights: Mapping[str, NDArray[Any] | Tensor]) -> "Encoder":
        """Replace all weights; strict about names and shapes."""
        load_weights(self._tower, weights)
        self.vision = self._tower
        return self

    def normalize(self, images: NDArray[np.uint8] | Tensor) -> Tensor:
        """uint8 [N, H, W, 3] to what the tower takes: float32 [N, 3, H, W] on its device."""
        return normalize_images(torch.as_tensor(images).to(self.device), self.architecture)

    def batches(self, split: Split, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Normalised images and labels on the encoder's device, at most `size` at a time."""
        for start in range(0, len(split.labels), size):
            part = slice(start, start + size)
            images = np.array(split.images[part])  # a copy, since torch warns of read-only memory
            yield self.normalize(images), torch.from_numpy(split.labels[part]).to(self.device)

    def read_head(self, path: str | Path) -> Tensor:
        """A zero-shot head [classes, embedding] on the encoder's device."""
        return torch.from_numpy(read_tensors(path)["weight"]).to(self.device)


def to_device(tensors: Mapping[str, NDArray[Any]], device: str) -> dict[str, Tensor]:
    """Arrays as tensors on a device."""
    return {name: torch.from_numpy(array).to(device) for name, array in tensors.items()}


def read_models(
    paths: Mapping[str, str | Path], tasks: Iterable[str], device: str
) -> dict[str, dict[str, Tensor]]:
    """What the files (task -> path) of `tasks` hold, on a device; no entry without a file."""
    return {task: to_device(read_tensors(paths[task]), device) for task in tasks if task in paths}


def to_arrays(tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Tensors as arrays on the CPU."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
