"""Fine-tuning of a vision tower on one task, with the zero-shot head kept as it is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, pad

from mergeability.backbones.architecture import Architecture, normalize_images
from mergeability.joblog import progress
from mergeability.optimization import check_finite, sample_batches, warmup_cosine


def finetune(
    vision: nn.Module,
    architecture: Architecture,
    head: Tensor,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    recipe: Mapping[str, Any],
    seed: int,
    device: str = "cpu",
) -> None:
    """Train `vision` in place on images [N, H, W, 3]; `head` is [classes, embed_dim].

    The recipe has `samples_seen`, `batch_size`, `learning_rate`, `warmup_steps`,
    `weight_decay`, `clip_norm`, `max_shift` (in pixels) and `precision` ("float32" or
    "bfloat16"). The result depends on nothing but the arguments and the number of threads.
    Raises `ValueError` for labels beyond the head, `FloatingPointError` if training diverges.
    """
    if labels.max() >= len(head):
        raise ValueError(f"label {labels.max()} is beyond the {len(head)} classes of the head")
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    vision.to(device).train()
    head = head.detach().to(device)
    optimizer = torch.optim.AdamW(
        vision.parameters(), recipe["learning_rate"], weight_decay=recipe["weight_decay"]
    )
    batches = sample_batches(rng, len(images), recipe["samples_seen"], recipe["batch_size"])
    schedule = warmup_cosine(optimizer, recipe["warmup_steps"], len(batches))
    mixed = torch.autocast(
        torch.device(device).type, torch.bfloat16, enabled=recipe["precision"] == "bfloat16"
    )
    for step, batch in enumerate(progress(batches, len(batches), "fine-tuning")):
        shifted = shift_randomly(rng, torch.from_numpy(images[batch]), recipe["max_shift"])
        inputs = normalize_images(shifted.to(device), architecture)
        with mixed:
            logits = normalize(vision(inputs), dim=-1) @ head.T
        loss = cross_entropy(logits.float(), torch.from_numpy(labels[batch]).to(device))
        check_finite(loss, "fine-tuning", step)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(vision.parameters(), recipe["clip_norm"])
        optimizer.step()
        schedule.step()
    vision.eval()


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
