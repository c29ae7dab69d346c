"""The state of a training run in a file, so that a job that was killed can go on."""

import hashlib
import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from mergeability.files import Tensors, read_metadata, read_tensors, sha256_of, write_tensors
from mergeability.joblog import logger


class Training(NamedTuple):
    """Everything that changes from step to step."""

    tower: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    scaler: torch.amp.GradScaler
    rng: np.random.Generator


class StateFile:
    """A safetensors file with the latest saved state of one run, written every `every` steps.

    0 never writes. The run is told from others by `settings` (JSON-serialisable) and the content
    of the files `inputs`: the state of another run is of no use, and is left alone until it is
    overwritten.
    """

    def __init__(
        self, path: str | Path, every: int, settings: Any, inputs: Iterable[str | Path] = ()
    ) -> None:
        self.path, self.every = Path(path), every
        self._settings, self._inputs = settings, list(inputs)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of settings and inputs; not taken before it is needed, for inputs are large."""
        digest = hashlib.sha256(json.dumps(self._settings, sort_keys=True).encode())
        for path in self._inputs:
            digest.update(sha256_of(path).encode())
        return digest.hexdigest()

    def restore(self, training: Training) -> int:
        """Put `training` into the saved state, and return how many steps that has behind it.

        0, and nothing changes, where there is no file, or one of another run. Raises `ValueError`
        for a file that is not whole.
        """
        try:
            header = read_metadata(self.path)
            tensors = read_tensors(self.path)
            # A job that was given up may train on, and save between these two or remove the file.
            if read_metadata(self.path) != header:
                return self.restore(training)
        except FileNotFoundError:
            return 0
        if header["fingerprint"] != self.fingerprint:
            logger.warning("%s belongs to another recipe, seed or input; starting over", self.path)
            return 0
        _unpack(training, tensors, header)
        logger.info("going on after step %d, from %s", header["step"], self.path)
        return int(header["step"])

    def save_if_due(self, training: Training, step: int) -> None:
        """Write the state after `step` steps, if that is a multiple of `every`."""
        if self.every and step % self.every == 0:
            tensors, header = _pack(training)
            header |= {"fingerprint": self.fingerprint, "step": step}
            write_tensors(self.path, tensors, header)

    def remove(self) -> None:
        """Delete the file, once what was trained is safe."""
        self.path.unlink(missing_ok=True)


def _pack(training: Training) -> tuple[Tensors, dict[str, Any]]:
    """The state as arrays, and as JSON."""
    optimizer = training.optimizer.state_dict()
    tensors = {f"weights/{name}": value for name, value in training.tower.state_dict().items()}
    for index, entry in optimizer["state"].items():
        # SGD without momentum keeps None.
        kept = {key: value for key, value in entry.items() if value is not None}
        tensors |= {f"optimizer/{index}/{key}": value for key, value in kept.items()}
    tensors["random/cpu"] = torch.get_rng_state()
    if next(training.tower.parameters()).is_cuda:
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    header = {
        "groups": optimizer["param_groups"],
        "schedule": training.schedule.state_dict(),
        "scaler": training.scaler.state_dict(),
        "rng": training.rng.bit_generator.state,
    }
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}, header


def _unpack(training: Training, arrays: Tensors, header: dict[str, Any]) -> None:
    """The inverse of `_pack`."""
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    weights: dict[str, Tensor] = {}
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition("/")
        if kind == "weights":
            weights[rest] = tensor
        elif kind == "optimizer":
            index, key = rest.split("/")
            state.setdefault(int(index), {})[key] = tensor
    training.tower.load_state_dict(weights)
    training.optimizer.load_state_dict({"state": state, "param_groups": header["groups"]})
    training.schedule.load_state_dict(header["schedule"])
    training.scaler.load_state_dict(header["scaler"])
    training.rng.bit_generator.state = header["rng"]
    torch.set_rng_state(tensors["random/cpu"])
    if "random/cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random/cuda"])
