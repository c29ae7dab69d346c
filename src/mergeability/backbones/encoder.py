"""The encoder of a backbone, ready to take examples and weights."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from mergeability.backbones.architecture import Uninitialized, load_weights
from mergeability.datasets.splits import Split
from mergeability.domains import domain_of
from mergeability.files import read_json, read_tensors


class Encoder:
    """The tower of a backbone on a device, in inference mode; weights can be exchanged.

    It has no `tower` before `load`: weights that were never loaded cannot look like results.
    """

    def __init__(self, architecture_path: str | Path, device: str) -> None:
        self.architecture = read_json(architecture_path)
        self.domain = domain_of(self.architecture)
        self.device = device
        with torch.device(device), Uninitialized():
            self._tower = self.domain.build_tower().eval()

    def load(self, weights: Mapping[str, NDArray[Any] | Tensor]) -> "Encoder":
        """Replace all weights; strict about names and shapes."""
        load_weights(self._tower, weights)
        self.tower = self._tower
        return self

    def embed_with(self, weights: Mapping[str, Tensor], batch: Tensor) -> Tensor:
        """Embeddings by these weights, differentiable in them; what was loaded stays."""
        embedded: Tensor = functional_call(self._tower, dict(weights), (batch,), strict=True)
        return embedded

    def batch(self, examples: NDArray[Any]) -> Tensor:
        """What the tower takes, on its device: of images, float32 [N, 3, H, W]."""
        return self.domain.batch(self.domain.to_tensor(examples), self.device)

    def batches(self, split: Split, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches and labels on the encoder's device, at most `size` examples at a time."""
        for start in range(0, len(split.labels), size):
            part = slice(start, start + size)
            # A copy, since torch warns of read-only memory.
            batch = self.batch(np.array(split.examples[part]))
            yield batch, torch.from_numpy(split.labels[part]).to(self.device)

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
