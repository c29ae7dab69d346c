"""Images, and the vision towers of CLIP."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from mergeability.backbones.architecture import (
    build_clip,
    build_vision_tower,
    load_weights,
    normalize_images,
)
from mergeability.backbones.heads import build_head
from mergeability.backbones.tokenizer import read_tokenizer
from mergeability.domains import AddInputs, BuildHead, watched
from mergeability.finetuning.augmentation import shift_randomly


class Domain:
    """Examples are uint8 [H, W, 3]; a batch is float32 [N, 3, H, W], normalised per channel."""

    def __init__(self, architecture: Mapping[str, Any]) -> None:
        self._architecture = architecture

    def build_tower(self) -> nn.Module:
        """The vision tower with random weights."""
        return build_vision_tower(self._architecture)

    def head_builder(
        self, weights: Mapping[str, NDArray[Any]], tokenizer: Mapping[str, Any] | None
    ) -> BuildHead:
        """Heads by the text tower; `weights` are those of both towers."""
        assert tokenizer is not None
        clip = build_clip(self._architecture)
        load_weights(clip, weights)
        return partial(build_head, clip, read_tokenizer(tokenizer))

    def to_tensor(self, examples: NDArray[np.uint8]) -> Tensor:
        """The pixels as they are: uint8 [N, H, W, 3]."""
        return torch.as_tensor(examples)

    def augment(self, rng: np.random.Generator, rows: Tensor, max_shift: int) -> Tensor:
        """Move each image by up to `max_shift` pixels, repeating the border."""
        return shift_randomly(rng, rows, max_shift)

    def batch(self, rows: Tensor, device: str) -> Tensor:
        """Normalised pixels; `ValueError` for rows that are no images."""
        return normalize_images(rows.to(device), self._architecture)

    def embed_with_inputs(self, tower: nn.Module, batch: Tensor) -> tuple[Tensor, Tensor]:
        """The pixels [N, 3, H, W] and the embeddings."""
        pixels = batch.requires_grad_(True)
        return pixels, tower(pixels)

    def last_block(self, tower: nn.Module, batch: Tensor) -> tuple[Tensor, int]:
        """Summed over all tokens: those of patches, and the one of the class."""
        seen: list[Tensor] = []

        def look(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            seen.append(output)  # [batch, tokens, width]

        *_, block = tower.get_submodule("transformer.resblocks").children()
        with block.register_forward_hook(look):
            tower(batch)
        (output,) = seen
        return output.double().sum(dim=(0, 1)).cpu(), output.shape[0] * output.shape[1]

    def visit_layers(self, tower: nn.Module, batch: Tensor, add: AddInputs) -> None:
        """The convolution (its inputs are the pixels of a patch), attention, MLP, and `proj`."""

        def look(layer: str, module: nn.Module, inputs: Tensor) -> None:
            for weight, entering in _entering(module, inputs).items():
                add(f"{layer}.{weight}", entering)

        identity = torch.eye(len(tower.get_parameter("proj")), device=batch.device)
        with watched(tower, (nn.Conv2d, nn.Linear, nn.MultiheadAttention), look):
            # With the identity in place of `proj`, the tower returns what enters `proj`.
            add("proj", functional_call(tower, {"proj": identity}, (batch,)))


def _entering(module: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """What the matrices of a layer are multiplied with: name of the weights -> [..., inputs]."""
    if isinstance(module, nn.MultiheadAttention):
        return {"in_proj_weight": inputs, "out_proj.weight": _mixed_values(module, inputs)}
    if isinstance(module, nn.Conv2d):
        patches = functional.unfold(inputs, module.kernel_size, stride=module.stride)
        return {"weight": patches.mT}
    return {"weight": inputs}


def _mixed_values(attention: nn.MultiheadAttention, inputs: Tensor) -> Tensor:
    """Self-attention up to its output projection: [batch, tokens, width].

    torch reads the weights of that projection without calling it, so that no hook sees its inputs.
    """
    joint = functional.linear(inputs, attention.in_proj_weight, attention.in_proj_bias)
    heads = joint.unflatten(-1, (3, attention.num_heads, attention.head_dim))
    query, key, value = heads.movedim(2, 0).transpose(2, 3)  # each [batch, heads, tokens, width]
    return functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
