"""Backbones that open_clip knows by name, with weights from a file."""

from difflib import get_close_matches
from pathlib import Path

from mergeability.backbones.architecture import (
    Architecture,
    Uninitialized,
    build_clip,
    misfits,
    vision_weights,
)
from mergeability.backbones.light_open_clip import open_clip
from mergeability.checkpoints.importing import check_fit, to_float32, towers_of
from mergeability.checkpoints.opening import open_weights
from mergeability.files import Tensors
from mergeability.joblog import logger

_PLAIN = {"embed_dim", "quick_gelu", "vision_cfg", "text_cfg"}


def named_architecture(model: str) -> Architecture:
    """The architecture that open_clip calls `model`, with CLIP's mean and deviation of pixels.

    OpenAI's weights need a model whose name ends in `-quickgelu`: no tensor tells which of two
    activations a network was trained with, so that nothing else can notice the wrong one.

    Raises `ValueError` for an unknown name, and for a model that is not a vision transformer beside
    CLIP's own text tower.
    """
    config = open_clip.get_model_config(model)
    if config is None:
        similar = ", ".join(get_close_matches(model, open_clip.list_models())) or "none similar"
        raise ValueError(f"open_clip has no model {model!r}; correct its name ({similar})")
    vision, text = config["vision_cfg"], config["text_cfg"]
    if (
        not config.keys() <= _PLAIN
        or "timm_model_name" in vision
        or not isinstance(vision["layers"], int)
        or any(key.startswith("hf_") for key in text)
    ):
        raise ValueError(
            f"open_clip's model {model!r} is not a vision transformer beside CLIP's own text "
            "tower, and no other kind is supported; choose another, such as ViT-B-16-quickgelu"
        )
    return {
        **config,
        "quick_gelu": config.get("quick_gelu", False),
        "image_mean": list(open_clip.OPENAI_DATASET_MEAN),
        "image_std": list(open_clip.OPENAI_DATASET_STD),
    }


def import_backbone(path: str | Path, architecture: Architecture) -> Tensors:
    """Both towers in `path` under open_clip's names, as float32.

    The file or folder may have open_clip's names, OpenAI's or those of Hugging Face's CLIPModel.
    Raises `ValueError`, naming file and cure, for another architecture, an adapter, a model without
    text tower, and whatever `import_checkpoint` refuses in tensors.
    """
    with Uninitialized():
        expected = build_clip(architecture).state_dict()
    towers = towers_of(open_weights(path))
    if not towers.text:
        raise ValueError(
            f"{path}: holds no text tower, which zero-shot heads are made with; use the file of "
            "the whole CLIP"
        )
    check_fit(path, towers.vision, vision_weights(expected))
    weights = {f"visual.{name}": tensor for name, tensor in towers.vision.items()} | towers.text
    if problems := misfits(weights, expected):
        raise ValueError(f"{path}: its text tower does not fit the architecture: {problems}")
    logger.info("%s: %s", path, towers.layout)
    return to_float32(path, weights)
