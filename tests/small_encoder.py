"""A vision tower of two blocks with random weights, ready to take images of 16 x 16."""

from pathlib import Path

import torch

from mergeability.backbones.architecture import build_vision_tower, state_arrays
from mergeability.backbones.encoder import Encoder
from mergeability.files import write_json


def small_encoder(folder: Path, embed_dim: int) -> Encoder:
    """The same at every call; its architecture is written into the folder."""
    torch.manual_seed(0)
    architecture = {
        "embed_dim": embed_dim,
        "quick_gelu": True,
        "image_mean": [0.5, 0.4, 0.3],
        "image_std": [0.2, 0.3, 0.4],
        "vision_cfg": {
            "image_size": 16, "patch_size": 8, "width": 16, "layers": 2, "head_width": 8
        },
        "text_cfg": {"context_length": 4, "vocab_size": 9, "width": 8, "heads": 1, "layers": 1},
    }  # fmt: skip
    write_json(folder / "architecture.json", architecture)
    weights = state_arrays(build_vision_tower(architecture))
    return Encoder(folder / "architecture.json", "cpu").load(weights)
