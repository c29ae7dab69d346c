"""Weights of others as the workflow keeps them: open_clip's names, float32, checked."""

from collections.abc import Mapping
from math import isqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mergeability.backbones.architecture import HasShape, misfits
from mergeability.checkpoints.layouts import VISION_MODEL, Towers, read_layout
from mergeability.checkpoints.reading import read_foreign
from mergeability.checkpoints.soundness import UnusableError, check_update
from mergeability.files import Tensors
from mergeability.joblog import logger

_PROJECTION = "proj"

_KNOWN_SIZES = {
    (32, 768, 12): "ViT-B/32",
    (16, 768, 12): "ViT-B/16",
    (14, 1024, 24): "ViT-L/14",
    (14, 1280, 32): "ViT-H/14",
}


class MisfitError(ValueError):
    """Weights of another backbone."""


class Imported(NamedTuple):
    """A vision tower under open_clip's names, float32, and where it comes from."""

    tensors: Tensors
    layout: str
    projection: str  # "checkpoint", or "backbone" where the file holds none


def import_checkpoint(
    path: str | Path, pretrained: Tensors, allow_pickle: bool = False
) -> Imported:
    """The vision tower in `path`, which must have the tensors of `pretrained`, shape by shape.

    Hugging Face's CLIPVisionModel ends before the projection into the space of the texts, which
    those who fine-tune it leave as it is: there it is taken from `pretrained`, and its task vector
    is zero. Text towers are left out.

    Raises `ValueError`, naming file and cure, for a file that `read_foreign` refuses, another
    backbone, tensors that are missing, unexpected, misshapen, not of floating point, NaN or
    infinite, and for weights that `check_update` refuses.
    """
    towers = read_towers(path, allow_pickle)
    vision, projection = towers.vision, "checkpoint"
    if towers.layout == VISION_MODEL and _PROJECTION not in vision:
        vision = {**vision, _PROJECTION: torch.tensor(pretrained[_PROJECTION])}
        projection = "backbone"
    check_fit(path, vision, pretrained)
    tensors = to_float32(path, vision)
    logger.info("%s: %s, projection of the %s", path, towers.layout, projection)
    for part in (*towers.removed, *["text tower"] * bool(towers.text)):
        logger.info("%s: without its %s", path, part)
    check_update(path, tensors, pretrained)
    return Imported(tensors, towers.layout, projection)


def read_towers(path: str | Path, allow_pickle: bool = False) -> Towers:
    """Both towers in a file, as far as it holds them; errors name the file."""
    tensors = read_foreign(path, allow_pickle)
    try:
        return read_layout(tensors)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def check_fit(
    path: str | Path, vision: Mapping[str, HasShape], expected: Mapping[str, HasShape]
) -> None:
    """Raise `MisfitError` unless a vision tower has the names and shapes of the `expected` one."""
    if problems := misfits(vision, expected):
        found, wanted = describe_size(vision), describe_size(expected)
        reason = (
            f"its tensors do not fit the backbone, {wanted}"
            if found == wanted
            else f"these are weights of {found}, the backbone is {wanted}"
        )
        raise MisfitError(f"{path}: {reason}: {problems}")


def describe_size(vision: Mapping[str, HasShape]) -> str:
    """A vision tower in words, judged by its tensors."""
    patches = vision["conv1.weight"].shape if "conv1.weight" in vision else ()
    positions = vision["positional_embedding"].shape if "positional_embedding" in vision else ()
    if len(patches) != 4 or len(positions) != 2:
        return "an unknown architecture"
    width, patch = patches[0], patches[-1]
    layers = sum(name.endswith(".attn.in_proj_weight") for name in vision)
    name = _KNOWN_SIZES.get((patch, width, layers), "a vision transformer")
    side = patch * isqrt(max(positions[0] - 1, 0))  # one token is the class
    return f"{name} (patch {patch}, width {width}, {layers} layers, images of {side} pixels)"


def to_float32(path: str | Path, tensors: Mapping[str, Tensor]) -> Tensors:
    """Floating-point tensors of any precision as float32 arrays, sorted by name.

    Raises `ValueError`, naming file and tensor, for other types and for NaN or infinite values.
    """
    arrays: Tensors = {}
    for name in sorted(tensors):
        tensor = tensors[name].detach()
        if not tensor.is_floating_point():
            raise ValueError(
                f"{path}: tensor {name!r} is of type {tensor.dtype}; convert it to float32"
            )
        arrays[name] = tensor.float().contiguous().numpy()
        if not np.isfinite(arrays[name]).all():
            raise UnusableError(
                f"{path}: tensor {name!r} holds NaN or infinite values; the training diverged or "
                "the file is damaged, use another checkpoint"
            )
    return arrays
