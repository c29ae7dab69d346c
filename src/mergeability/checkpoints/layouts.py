"""Layouts of public CLIP weights, and their conversion to open_clip's.

Names, shapes and order of the fused projections: FusionBench and Hugging Face's CLIP on one side,
open_clip on the other. Fusing matters: metrics that look at singular values see one matrix of
queries, keys and values.
"""

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple

import torch
from torch import Tensor

from mergeability.suggestions import shortened

VISION_MODEL = "Hugging Face CLIPVisionModel"

# Names of modules around a model: those of training tools stand anywhere, others in front.
OF_TOOLS = {"module", "_orig_mod"}
_OF_MODELS = {"model", "image_encoder"}
_AROUND = {*_OF_MODELS, "visual"}
_HEAD = re.compile(r"(classification_heads?|classifier|heads?|fc)(\.\d+)?\.(weight|bias)")
_ADAPTER = re.compile(r"base_model\.model\.|(.*[._])?(lora|loha|lokr|hada|ia3|vera)_\w+")

_VISION, _HF_VISION, _HF_PROJECTION = "visual.", "vision_model.", "visual_projection.weight"

# Hugging Face's name -> open_clip's, replaced from the top wherever they occur.
_RENAMED = {
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.": "visual.conv1.",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm.": "visual.ln_pre.",
    "vision_model.post_layernorm.": "visual.ln_post.",
    "vision_model.encoder.layers.": "visual.transformer.resblocks.",
    "visual_projection.weight": "visual.proj",
    "text_model.embeddings.token_embedding.": "token_embedding.",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.encoder.layers.": "transformer.resblocks.",
    "text_model.final_layer_norm.": "ln_final.",
    "text_projection.weight": "text_projection",
    ".layer_norm1.": ".ln_1.",
    ".layer_norm2.": ".ln_2.",
    ".self_attn.": ".attn.",
    ".mlp.fc1.": ".mlp.c_fc.",
    ".mlp.fc2.": ".mlp.c_proj.",
}
_TRANSPOSED = ("visual.proj", "text_projection")
_QUERY = re.compile(r"(.*\.attn)\.q_proj\.(weight|bias)")

_TEXT = re.compile(
    r"(transformer|token_embedding|ln_final)\..*|positional_embedding|text_projection|"
    r"logit_scale|logit_bias"
)
_OF_VISION_TOWERS = {"class_embedding", "conv1.weight", "ln_pre.weight", "proj"}
_OF_BARE_HF_TOWERS = {"embeddings.class_embedding", "pre_layrnorm.weight", "post_layernorm.weight"}


class Towers(NamedTuple):
    """Weights under open_clip's names, in the types they came in.

    `vision` has no prefix. What belongs to neither tower is in `vision` under its full name, where
    a comparison with a backbone finds it. `removed` says in words what was taken off or left out.
    """

    layout: str
    vision: dict[str, Tensor]
    text: dict[str, Tensor]
    removed: tuple[str, ...] = ()


def read_layout(tensors: Mapping[str, Tensor]) -> Towers:
    """Recognise the layout of `tensors` by their names, and convert them.

    Modules around the model and classification heads are taken off. Raises `ValueError` where the
    names are those of no CLIP, or only of a classification head or of adapters.
    """
    if adapters := [name for name in sorted(tensors) if _ADAPTER.match(name)]:
        raise ValueError(
            f"adapters such as LoRA ({shortened(adapters, 2)}), not the weights of a model; name "
            "the folder of the adapter as peft saves it, or merge it into its model (with peft: "
            "model.merge_and_unload()) and save the result"
        )
    of_task_vectors = any(".model.visual." in f".{name}" for name in tensors)
    tensors, removed = _unwrapped(tensors)
    names = tensors.keys()
    if any(name.startswith(_HF_VISION) for name in names):
        whole = any(name.startswith("text_model.") for name in names)
        layout = "Hugging Face CLIPModel" if whole else VISION_MODEL
        renamed = _from_hugging_face(tensors)
    elif names & _OF_BARE_HF_TOWERS:
        layout = VISION_MODEL
        renamed = _from_hugging_face(_prefixed(tensors, _HF_VISION, but=_HF_PROJECTION))
    elif any(name.startswith(_VISION) for name in names):
        layout = "task_vectors ImageEncoder" if of_task_vectors else "open_clip CLIP"
        renamed = dict(tensors)
    elif names & _OF_VISION_TOWERS:
        layout, renamed = "open_clip vision tower", _prefixed(tensors, _VISION)
    elif names <= {"weight", "bias"} and (names or removed):
        raise ValueError("a classification head; the file of the image encoder is needed")
    else:
        raise ValueError(
            f"no CLIP vision encoder in any known layout; its tensors are "
            f"{shortened(sorted(names)) or 'none'}"
        )
    text = {name: tensor for name, tensor in renamed.items() if _TEXT.fullmatch(name)}
    vision = {
        name.removeprefix(_VISION): tensor for name, tensor in renamed.items() if name not in text
    }
    return Towers(layout, vision, text, removed)


def _unwrapped(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The tensors without modules around the model and without heads, and what these were."""
    inner: dict[str, Tensor] = {}
    wrappers: set[str] = set()
    heads: list[str] = []
    found = {}
    for full in tensors:
        parts = full.split(".")
        kept = [part for part in parts if part not in OF_TOOLS]
        outer = list(takewhile(_AROUND.__contains__, kept))
        wrappers |= (OF_TOOLS & {*parts}) | (_OF_MODELS & {*outer})
        found[full] = ".".join(kept[len(outer) :]), outer.count("visual")
    # What is deepest inside of `visual` is open_clip's vision tower; Hugging Face has none.
    foreign = any(
        name.startswith(_HF_VISION) or name in _OF_BARE_HF_TOWERS for name, _ in found.values()
    )
    deepest = 0 if foreign else max((depth for _, depth in found.values()), default=0)
    for full, (name, depth) in found.items():
        if _HEAD.fullmatch(name):
            heads.append(full)
            continue
        named = _VISION + name if depth and depth == deepest else name
        if named in inner:
            raise ValueError(
                f"two tensors for {named!r}, one of them {full!r}; save the state dict of one "
                "model alone"
            )
        inner[named] = tensors[full]
    removed = []
    if wrappers:
        removed.append(f"wrapping {', '.join(sorted(wrappers))}")
    if heads:
        removed.append(f"classification head ({shortened(sorted(heads))})")
    return inner, tuple(removed)


def _prefixed(tensors: Mapping[str, Tensor], prefix: str, but: str = "") -> dict[str, Tensor]:
    return {name if name == but else prefix + name: tensor for name, tensor in tensors.items()}


def _from_hugging_face(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    renamed = {_rename(name): tensor for name, tensor in tensors.items()}
    for name in _TRANSPOSED:
        if name in renamed and renamed[name].ndim == 2:
            renamed[name] = renamed[name].T
    for found in [match for name in renamed if (match := _QUERY.fullmatch(name))]:
        block, kind = found.groups()
        parts = [f"{block}.{part}_proj.{kind}" for part in "qkv"]
        # A part that is missing or misshapen is left to the comparison with the backbone.
        shapes = {renamed[part].shape if part in renamed else None for part in parts}
        if len(shapes) == 1 and renamed[parts[0]].ndim:
            renamed[f"{block}.in_proj_{kind}"] = torch.cat([renamed.pop(part) for part in parts])
    return renamed


def _rename(name: str) -> str:
    for old, new in _RENAMED.items():
        name = name.replace(old, new)
    return name


def to_hugging_face(vision: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A vision tower with the names of `Towers.vision` under those of Hugging Face's CLIPModel."""
    tensors: dict[str, Tensor] = {}
    for bare, tensor in vision.items():
        name = _VISION + bare
        turned = tensor.T if name in _TRANSPOSED else tensor
        for foreign, own in _RENAMED.items():
            if own.startswith((_VISION, ".")):
                name = name.replace(own, foreign)
        block, fused, kind = name.partition("in_proj_")
        parts = [f"{block}{part}_proj.{kind}" for part in "qkv"] if fused else [name]
        tensors |= dict(zip(parts, turned.chunk(len(parts)), strict=True))
    return tensors
