"""What pretraining and fine-tuning share."""

import math

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def sample_batches(
    rng: np.random.Generator, samples: int, samples_seen: int, batch_size: int
) -> list[NDArray[np.int64]]:
    """Indices of full batches that pass through the samples in one random order after another."""
    passes = -(-samples_seen // samples)
    order = np.concatenate([rng.permutation(samples) for _ in range(passes)])
    steps = max(samples_seen // batch_size, 1)
    return np.array_split(order[: steps * batch_size], steps)


def warmup_cosine(optimizer: Optimizer, warmup_steps: int, steps: int) -> LambdaLR:
    """Raise the learning rate linearly over `warmup_steps`, then lower it to 0 along a cosine."""

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        return 0.5 + 0.5 * math.cos(math.pi * (step - warmup_steps) / max(steps - warmup_steps, 1))

    return LambdaLR(optimizer, factor)


def check_finite(loss: Tensor, stage: str, step: int) -> None:
    """Raise `FloatingPointError` if the loss is NaN or infinite."""
    if not math.isfinite(loss.item()):
        raise FloatingPointError(
            f"{stage} diverged: the loss became {loss.item()} at step {step}; "
            "lower the learning rate or lengthen the warm-up"
        )
