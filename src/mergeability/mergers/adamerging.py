"""AdaMerging (Yang et al. 2024, arXiv 2310.02575, section 3.2): coefficients by entropy."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
import torch
from torch import Tensor

from mergeability.joblog import progress
from mergeability.mergers import Count, Examples, TaskVectors
from mergeability.optimization import sample_batches
from mergeability.tensors import TensorMap

STATISTICS = "examples"
WHOLE: dict[str, str] = {}


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    per: Literal["layer", "task"] = "layer",
    start: float = 0.3,
    steps: Count = 500,
    rate: Annotated[float, 0] = 1e-3,
    samples: Count = 32,
    seed: int = 0,
    statistics: Mapping[str, Examples],
) -> dict[str, Tensor]:
    """theta_0 + sum_i lambda_i^l tau_i^l, with the lambdas that make predictions certain.

    They minimise sum_i H(p_i), H being the mean Shannon entropy of the predictions on samples of
    task i. With `per` "layer" each tensor l has a coefficient per task, else all tensors share it.
    From `start`, Adam takes `steps` steps at the learning rate `rate`; each sees `samples` samples
    per task, or all where there are fewer. Coefficients count as within [0, 1]. All defaults are
    those of the authors' code, which draws the samples from the test set.

    Every step runs forward and backward through the encoder for each task. Samples are drawn by
    `seed`, the same places for every task.
    """
    names = list(pretrained)
    updates = {name: torch.stack([tau[name] for tau in task_vectors.values()]) for name in names}
    rows = len(names) if per == "layer" else 1
    some = pretrained[names[0]]
    coefficients = torch.full(
        (rows, len(task_vectors)), start, dtype=some.dtype, device=some.device, requires_grad=True
    )

    def merged() -> dict[str, Tensor]:
        of_tensors = coefficients.clamp(0, 1).expand(len(names), -1)
        return {
            name: pretrained[name] + torch.tensordot(of_tensors[row], updates[name], 1)
            for row, name in enumerate(names)
        }

    batches = [_batches(seed, len(examples), steps, samples) for examples in statistics.values()]
    optimizer = torch.optim.Adam([coefficients], lr=rate)
    for drawn in progress(zip(*batches, strict=True), steps, "steps of AdaMerging"):
        optimizer.zero_grad()
        for examples, batch in zip(statistics.values(), drawn, strict=True):
            entropy(examples.logits(merged(), batch)).mean().backward()
        optimizer.step()
    with torch.no_grad():
        return merged()


def entropy(logits: Tensor) -> Tensor:
    """Shannon entropy of softmax(logits) along the last dimension, in nats."""
    log_p = logits.log_softmax(dim=-1)
    return -(log_p.exp() * log_p).sum(dim=-1)


def _batches(seed: int, known: int, steps: int, samples: int) -> list[np.ndarray]:
    size = min(samples, known)
    return sample_batches(np.random.default_rng(seed), known, steps * size, size)
