"""Whether weights can be those of a fine-tuned checkpoint, judged beside its backbone."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mergeability.files import Tensors
from mergeability.joblog import logger

# Relative length of a task vector. Two models trained apart are about sqrt(2) from each other, and
# fine-tuning goes a small part of that: beyond `FAR` a checkpoint hardly stems from these weights,
# beyond `DIVERGED` it is no model.
FAR, DIVERGED = 0.5, 10.0

_STORED = (
    torch.float8_e5m2, torch.float8_e4m3fn, torch.bfloat16, torch.float16, torch.float32,
)  # fmt: skip


class MisfitError(ValueError):
    """Weights of another backbone."""


class UnusableError(ValueError):
    """Weights that can be read and fit the backbone, but are of no use; the message names both."""


def check_update(path: str | Path, weights: Tensors, pretrained: Tensors) -> None:
    """Raise `UnusableError` for the backbone itself, in any precision, and for diverged training.

    Both have the same float32 tensors, finite. Warns where the weights are so far from the
    pretrained ones that they seem to stem from others.
    """
    distance = relative_distance(weights, pretrained)
    logger.info("%s: %.3g of the backbone's norm away from it", path, distance)
    if distance == 0:
        raise UnusableError(
            f"{path}: the weights of the backbone itself; name a fine-tuned checkpoint"
        )
    if distance > DIVERGED:
        raise UnusableError(
            f"{path}: {distance:.2g} times the backbone's norm away from it; the training "
            "diverged, use another checkpoint"
        )
    if is_rounded(weights, pretrained):
        raise UnusableError(
            f"{path}: the weights of the backbone itself, rounded to another precision; name a "
            "fine-tuned checkpoint"
        )
    if distance > FAR:
        logger.warning(
            "%s: differs from the backbone by %.0f %% of its norm; was it fine-tuned from others?",
            path,
            100 * distance,
        )


def relative_distance(weights: Tensors, reference: Tensors) -> float:
    """Euclidean norm of the difference over that of the reference."""
    squares = np.zeros(2)
    for name, array in reference.items():
        difference = np.subtract(weights[name], array, dtype=np.float64)
        squares += [np.sum(difference**2.0), np.sum(array**2.0)]
    return float(np.sqrt(squares[0] / squares[1]))


def is_rounded(weights: Tensors, reference: Tensors) -> bool:
    """Whether `weights` are `reference` but for the rounding of the type they were stored in.

    A tensor was stored in a type that holds all its values exactly. Each of its entries w is then
    within eps max(|w|, |r|) + s of the reference r: eps and s are the spacing of that type above
    1 and above 0, so that this allows for one to two steps of the type.
    """
    return all(
        is_rounded_tensor(torch.tensor(weights[name]), torch.tensor(reference[name]))
        for name in sorted(reference)
    )


def is_rounded_tensor(stored: Tensor, reference: Tensor) -> bool:
    """The same for one tensor, or some rows of it."""
    difference = (stored - reference).abs()
    size = torch.maximum(stored.abs(), reference.abs())
    for kind in _STORED:
        limits = torch.finfo(kind)
        step = limits.eps * size + limits.eps * limits.smallest_normal
        if bool((difference <= step).all()) and torch.equal(stored.to(kind).float(), stored):
            return True
    return False
