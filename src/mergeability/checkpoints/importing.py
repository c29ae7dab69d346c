"""Weights of others as the workflow keeps them: open_clip's names, float32, checked."""

from collections.abc import Mapping
from math import isqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mergeability.backbones.architecture import HasShape, misfits
from mergeability.checkpoints.adapters import Adapter
from mergeability.checkpoints.folding import fold
from mergeability.checkpoints.layouts import VISION_MODEL, Towers, read_layout
from mergeability.checkpoints.opening import Weights, open_source
from mergeability.checkpoints.soundness import MisfitError, UnusableError, check_update
from mergeability.files import Tensors
from mergeability.joblog import logger

_PROJECTION = "proj"

_KNOWN_SIZES = {
    (32, 768, 12): "ViT-B/32",
    (16, 768, 12): "ViT-B/16",
    (14, 1024, 24): "ViT-L/14",
    (14, 1280, 32): "ViT-H/14",
}


class Imported(NamedTuple):
    """A vision tower under open_clip's names, float32, and where it comes from."""

    tensors: Tensors
    layout: str
    projection: str  # "checkpoint", or "backbone" where the checkpoint holds none


def import_checkpoint(
    path: str | Path, pretrained: Tensors, allow_pickle: bool = False
) -> Imported:
    """The vision tower in `path`, which must have the tensors of `pretrained`, shape by shape.

    Hugging Face's CLIPVisionModel ends before the projection into the space of the texts, which
    those who fine-tune it leave as it is: there it is taken from `pretrained`, and its task vector
    is zero. An adapter is folded onto `pretrained`. Text towers are left out.

    Raises `ValueError`, naming file and cure, for a file or folder that `open_source` refuses,
    another backbone, tensors that are missing, unexpected, misshapen, not of floating point, NaN or
    infinite, and for weights that `check_update` refuses.
    """
    source = open_source(path, allow_pickle)
    towers = fold(source, pretrained) if isinstance(source, Adapter) else towers_of(source)
    vision, projection = towers.vision, "checkpoint"
    if towers.layout == VISION_MODEL and _PROJECTION not in vision:
        vision = {**vision, _PROJECTION: torch.tensor(pretrained[_PROJECTION])}
        projection = "backbone"
    check_fit(path, vision, pretrained)
    tensors = to_float32(path, vision)
    if isinstance(source, Adapter) and not (tensors[_PROJECTION] != pretrained[_PROJECTION]).any():
        projection = "backbone"
    logger.info("%s: %s, projection of the %s", path, towers.layout, projection)
    for part in (*towers.removed, *["text tower"] * bool(towers.text)):
        logger.info("%s: without its %s", path, part)
    check_update(path, tensors, pretrained)
    return Imported(tensors, towers.layout, projection)


def towers_of(source: Weights) -> Towers:
    """Both towers of a model, as far as it has them; errors name its file or folder."""
    tensors = {name: tensor.load() for name, tensor in source.tensors.items()}
    tensors |= {name: tensors[kept] for name, kept in source.tied.items()}
    try:
        return read_layout(tensors)
    except ValueError as error:
        raise ValueError(f"{source.path}: {error}") from error


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
