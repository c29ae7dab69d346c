"""CLIP towers from an architecture: a plain mapping, so that any open_clip model fits.

An architecture has the keys of an open_clip model configuration (`embed_dim`, `vision_cfg`,
`text_cfg`, and optionally `quick_gelu`) plus `image_mean` and `image_std`, three numbers each.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from mergeability.suggestions import shortened

if TYPE_CHECKING:
    from mergeability.backbones.light_open_clip import CLIP

Architecture = Mapping[str, Any]
Array = TypeVar("Array")


class HasShape(Protocol):
    """An array of whatever library."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of every dimension."""


# `CLIP` always builds both towers; where only the other is wanted, this one costs nothing.
_SMALLEST_TEXT_TOWER = {"context_length": 1, "vocab_size": 1, "width": 8, "heads": 1, "layers": 1}


def build_clip(architecture: Architecture) -> "CLIP":
    """open_clip's two-tower model, with random weights."""
    # Others here want weights alone, and importing open_clip takes longer than most jobs.
    from mergeability.backbones.light_open_clip import CLIP  # noqa: PLC0415

    return CLIP(
        embed_dim=architecture["embed_dim"],
        vision_cfg=dict(architecture["vision_cfg"]),
        text_cfg=dict(architecture["text_cfg"]),
        quick_gelu=architecture.get("quick_gelu", False),
    )


def build_vision_tower(architecture: Architecture) -> nn.Module:
    """The vision tower alone, with random weights; maps [N, 3, H, W] to [N, embed_dim].

    Its parameters have open_clip's names without the prefix `visual.`.
    """
    visual: nn.Module = build_clip({**architecture, "text_cfg": _SMALLEST_TEXT_TOWER}).visual
    return visual


class Uninitialized(TorchFunctionMode):
    """What is built meanwhile has whatever values its memory held, which costs no time.

    Drawing random weights takes seconds for large models. The device "meta" would do without, but
    takes three seconds itself, since torch imports its compiler for it.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Random tensors are empty ones, and what would fill a tensor leaves it as it is."""
        if func in (Tensor.normal_, Tensor.uniform_):
            return args[0]
        return (torch.empty if func is torch.randn else func)(*args, **(kwargs or {}))


def load_weights(module: nn.Module, tensors: Mapping[str, NDArray[Any] | Tensor]) -> None:
    """Copy `tensors` into `module`.

    Raises one `ValueError` that tells all missing, unexpected and misshapen tensors.
    """
    if problems := misfits(tensors, module.state_dict()):
        raise ValueError(f"weights do not fit the architecture: {problems}")
    module.load_state_dict({name: torch.as_tensor(array) for name, array in tensors.items()})


def misfits(tensors: Mapping[str, HasShape], expected: Mapping[str, HasShape]) -> str:
    """What is missing, unexpected or misshapen among `tensors`; empty if nothing is."""
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    wanted = {name: tuple(tensor.shape) for name, tensor in expected.items()}
    misshapen = [
        f"{name} has shape {shapes[name]}, expected {wanted[name]}"
        for name in sorted(shapes.keys() & wanted.keys())
        if shapes[name] != wanted[name]
    ]
    parts = (
        ("missing ", sorted(wanted.keys() - shapes.keys())),
        ("unexpected ", sorted(shapes.keys() - wanted.keys())),
        ("", misshapen),
    )
    return "; ".join(kind + shortened(items) for kind, items in parts if items)


def state_arrays(module: nn.Module) -> dict[str, NDArray[Any]]:
    """A copy of the weights of `module` as arrays, sorted by name."""
    return {
        name: tensor.detach().cpu().numpy().copy()
        for name, tensor in sorted(module.state_dict().items())
    }


def vision_weights(weights: Mapping[str, Array]) -> dict[str, Array]:
    """The weights of the vision tower among those of both, without the prefix `visual.`."""
    prefix = "visual."
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


def normalize_images(images: NDArray[np.uint8] | Tensor, architecture: Architecture) -> Tensor:
    """Turn uint8 [N, H, W, 3] into the float32 [N, 3, H, W] that the vision tower expects."""
    pixels = torch.as_tensor(images)
    if pixels.dtype != torch.uint8 or pixels.ndim != 4 or pixels.shape[-1] != 3:
        raise ValueError(
            f"images must be uint8 [N, H, W, 3], got {pixels.dtype} {tuple(pixels.shape)}"
        )
    mean = pixels.new_tensor(architecture["image_mean"], dtype=torch.float32)
    std = pixels.new_tensor(architecture["image_std"], dtype=torch.float32)
    return ((pixels.float() / 255 - mean) / std).permute(0, 3, 1, 2).contiguous()
