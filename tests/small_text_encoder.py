"""A sentence encoder of two layers with random weights, whose tokens are characters."""

from pathlib import Path
from typing import Any

import torch

from mergeability.backbones.architecture import state_arrays
from mergeability.backbones.encoder import Encoder
from mergeability.backbones.sentence_encoders import random_architecture
from mergeability.domains import domain_of
from mergeability.files import write_json

ENTRY: dict[str, Any] = {
    "source": "random", "seed": 0, "width": 16, "layers": 2, "heads": 2, "context_length": 20,
    "temperature": 10,
}  # fmt: skip


def small_text_encoder(folder: Path, **changes: Any) -> Encoder:
    """The same at every call; its architecture is written into the folder."""
    architecture = random_architecture({**ENTRY, **changes})
    write_json(folder / "architecture.json", architecture)
    torch.manual_seed(0)
    weights = state_arrays(domain_of(architecture).build_tower())
    return Encoder(folder / "architecture.json", "cpu").load(weights)
