"""An adapter of a CLIP, folded onto the pretrained vision tower that it was trained beside."""

from pathlib import Path

import torch

from mergeability.checkpoints.adapters import Adapter
from mergeability.checkpoints.alignment import align
from mergeability.checkpoints.layouts import Towers, read_layout, to_hugging_face
from mergeability.checkpoints.lazy import ALL, of_tensor
from mergeability.checkpoints.opening import Weights
from mergeability.checkpoints.soundness import MisfitError, UnusableError
from mergeability.files import Tensors
from mergeability.joblog import logger

_OF_TEXTS = {"text_model", "text_projection"}
_OF_HUGGING_FACE = {"encoder", "embeddings", "visual_projection"}  # modules that open_clip lacks


def fold(adapter: Adapter, pretrained: Tensors) -> Towers:
    """The vision tower that `adapter` makes of the `pretrained` one, float32.

    It may adapt modules of Hugging Face's CLIP or of open_clip's. What it adapts of a text tower is
    left out. Raises, naming file and cure, `MisfitError` where it belongs to another backbone, and
    `UnusableError` where it adapts nothing of the vision tower.
    """
    updates = {name: update for name, update in adapter.updates.items() if not _of_texts(name)}
    replaced = {name: tensor for name, tensor in adapter.replaced.items() if not _of_texts(name)}
    if not updates and not replaced:
        raise UnusableError(
            f"{adapter.path}: adapts the text tower alone, and the vision tower is what is merged; "
            "name an adapter of that"
        )
    tower = {name: torch.tensor(array) for name, array in pretrained.items()}
    foreign = any(_OF_HUGGING_FACE & {*name.split(".")} for name in [*updates, *replaced])
    before = to_hugging_face(tower) if foreign else tower
    lazy = {name: of_tensor(tensor) for name, tensor in before.items()}
    base = Weights(Path("the backbone"), "", lazy, {}, {})
    try:
        checkpoint = align(adapter._replace(updates=updates, replaced=replaced), base)
    except ValueError as error:
        raise MisfitError(str(error)) from error
    for line in checkpoint.coverage.lines():
        logger.info("%s: %s", adapter.path, line)
    after = {
        name: tensor + checkpoint.changes[name].update(tensor, ALL)
        if name in checkpoint.changes
        else tensor
        for name, tensor in before.items()
    }
    left_out = len(updates) < len(adapter.updates) or len(replaced) < len(adapter.replaced)
    removed = ("text tower",) if left_out else ()
    return Towers(adapter.kind, read_layout(after).vision, {}, removed)


def _of_texts(name: str) -> bool:
    return bool(_OF_TEXTS & {*name.split(".")})
