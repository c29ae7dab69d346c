"""Random changes of training images."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad


def shift_randomly(rng: np.random.Generator, images: Tensor, max_shift: int) -> Tensor:
    """Move each image [N, H, W, 3] by up to `max_shift` pixels, repeating the border."""
    if max_shift == 0:
        return images
    count, height, width = images.shape[:3]
    sides = (max_shift,) * 4
    padded = pad(images.permute(0, 3, 1, 2).float(), sides, mode="replicate").to(images.dtype)
    offsets = rng.integers(2 * max_shift + 1, size=(count, 2)).tolist()
    moved = [
        image[:, top : top + height, left : left + width]
        for image, (top, left) in zip(padded, offsets, strict=True)
    ]
    return torch.stack(moved).permute(0, 2, 3, 1)
