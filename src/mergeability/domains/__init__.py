"""Domains: kinds of examples, such as images or texts, and the encoders that read them.

A backbone's architecture names its domain, whose module here has a class `Domain` with the members
of the protocol below. All that depends on the kind of example is in these modules.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from mergeability.suggestions import unknown

DOMAINS = ("images", "texts")

# Takes class names and templates, whose `{}` is the class name; gives weights [classes, embedding].
BuildHead = Callable[[Sequence[str], Sequence[str]], Tensor]
# Takes the name of a layer's weights and what they are multiplied with: [..., inputs].
AddInputs = Callable[[str, Tensor], None]


class Domain(Protocol):
    """What an architecture makes of examples. A tower maps a batch to embeddings [N, embedding].

    A batch is one tensor, and what enters a tower follows from it: for images, the batch itself;
    for texts, the embeddings of its tokens.
    """

    def __init__(self, architecture: Mapping[str, Any]) -> None: ...

    def build_tower(self) -> nn.Module:
        """The tower with random weights."""

    def head_builder(
        self, weights: Mapping[str, NDArray[Any]], tokenizer: Mapping[str, Any] | None
    ) -> BuildHead:
        """What turns class names into zero-shot heads, from the pretrained weights for prompts.

        `tokenizer` is the content of the backbone's tokenizer file, where it has one.
        """

    def to_tensor(self, examples: NDArray[Any]) -> Tensor:
        """Examples as numbers, one row each; on the CPU. Raises `ValueError` for no examples."""

    def augment(self, rng: np.random.Generator, rows: Tensor, max_shift: int) -> Tensor:
        """Rows of `to_tensor`, changed at random for training."""

    def batch(self, rows: Tensor, device: str) -> Tensor:
        """What a tower takes, from rows of `to_tensor`."""

    def embed_with_inputs(self, tower: nn.Module, batch: Tensor) -> tuple[Tensor, Tensor]:
        """What enters the tower, with a gradient, and the embeddings that follow from it.

        What enters has the same shape for every example of the domain.
        """

    def last_block(self, tower: nn.Module, batch: Tensor) -> tuple[Tensor, int]:
        """Outputs of the last transformer block, summed over tokens: float64 [width]; how many."""

    def visit_layers(self, tower: nn.Module, batch: Tensor, add: AddInputs) -> None:
        """Run the tower, and hand to `add` what enters every layer that multiplies by a matrix."""


@contextmanager
def watched(
    tower: nn.Module,
    kinds: type[nn.Module] | tuple[type[nn.Module], ...],
    look: Callable[[str, nn.Module, Tensor], None],
) -> Iterator[None]:
    """Meanwhile `look` gets name, module and first input of every layer of some kinds that runs."""

    def hook(name: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        look(name, module, inputs[0])

    handles = [
        module.register_forward_pre_hook(partial(hook, name))
        for name, module in tower.named_modules()
        if isinstance(module, kinds)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def domain_of(architecture: Mapping[str, Any]) -> Domain:
    """The domain of an architecture; `ValueError` for one that does not exist."""
    name = architecture.get("domain", "images")
    for problem in unknown("domain of the architecture", [name], DOMAINS):
        raise ValueError(problem)
    domain: Domain = import_module(f"mergeability.domains.{name}").Domain(architecture)
    return domain
