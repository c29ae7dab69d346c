"""Texts, and sentence encoders of BERT's kind.

An architecture of this domain has the keys

    domain          "texts"
    bert            sizes, as in a `config.json` of BERT
    tokenizer       a `tokenizer.json` of the package `tokenizers`
    context_length  tokens that are read of a text, [CLS] and [SEP] among them
    temperature     what zero-shot heads multiply cosines with
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from mergeability.backbones.architecture import load_weights
from mergeability.backbones.heads import head_of_prompts
from mergeability.domains import AddInputs, BuildHead, watched
from mergeability.domains.bert import PAD, SentenceEncoder
from mergeability.joblog import logger


class Domain:
    """Examples are strings; a batch is the tokens of texts, int64 [N, T], padded at the end."""

    def __init__(self, architecture: Mapping[str, Any]) -> None:
        self._architecture = architecture
        self._tokenizer = read_tokenizer(architecture)
        self._told = False

    def build_tower(self) -> SentenceEncoder:
        """A sentence encoder with random weights."""
        return SentenceEncoder(self._architecture["bert"])

    def head_builder(
        self,
        weights: Mapping[str, NDArray[Any]],
        tokenizer: Mapping[str, Any] | None,  # noqa: ARG002
    ) -> BuildHead:
        """Heads by the encoder itself, times the temperature."""
        tower = self.build_tower().eval()
        load_weights(tower, weights)

        def embed(prompts: list[str]) -> Tensor:
            with torch.no_grad():
                return normalize(tower(self.to_tensor(prompts)), dim=-1)

        return partial(head_of_prompts, embed, self._architecture["temperature"])

    def to_tensor(self, examples: NDArray[np.str_] | Sequence[str]) -> Tensor:
        """Tokens, as many as the longest text has; what goes beyond the context is left out."""
        encodings = self._tokenizer.encode_batch(list(map(str, examples)))
        long = sum(bool(encoding.overflowing) for encoding in encodings)
        if long and not self._told:
            self._told = True
            logger.warning(
                "%d of %d texts have more than %d tokens, of which the rest is not read; raise "
                "context_length of the backbone to read more",
                *(long, len(encodings), self._architecture["context_length"]),
            )
        return torch.tensor([encoding.ids for encoding in encodings], dtype=torch.int64)

    def augment(self, rng: np.random.Generator, rows: Tensor, max_shift: int) -> Tensor:  # noqa: ARG002
        """The rows as they are; `ValueError` where they should be shifted."""
        if max_shift:
            raise ValueError("texts cannot be shifted; set max_shift of the recipe to 0")
        return rows

    def batch(self, rows: Tensor, device: str) -> Tensor:
        """The tokens on the device."""
        return rows.to(device)

    def embed_with_inputs(self, tower: nn.Module, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings of the tokens [N, context_length, hidden_size], and those of the texts."""
        assert isinstance(tower, SentenceEncoder)
        missing = self._architecture["context_length"] - batch.shape[1]
        tokens = pad(batch, (0, missing), value=PAD)
        embedded = tower.embed(tokens)
        return embedded, tower.encode(embedded, tokens != PAD)

    def last_block(self, tower: nn.Module, batch: Tensor) -> tuple[Tensor, int]:
        """Summed over the tokens of texts, not over padding."""
        assert isinstance(tower, SentenceEncoder)
        mask = batch != PAD
        states = tower.hidden_states(tower.embed(batch), mask)[mask]
        return states.double().sum(dim=0).cpu(), len(states)

    def visit_layers(self, tower: nn.Module, batch: Tensor, add: AddInputs) -> None:
        """All linear layers, at the tokens of texts. Tables of embeddings multiply nothing."""
        mask = batch != PAD

        def look(layer: str, _module: nn.Module, inputs: Tensor) -> None:
            add(f"{layer}.weight", inputs[mask])

        with watched(tower, nn.Linear, look):
            tower(batch)


def read_tokenizer(architecture: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer of an architecture, set to its context.

    Raises `ValueError` where it has tokens that the encoder has no embeddings for, or does not pad
    with token 0.
    """
    tokenizer = Tokenizer.from_str(json.dumps(architecture["tokenizer"]))
    known, embedded = tokenizer.get_vocab_size(), architecture["bert"]["vocab_size"]
    if known > embedded:
        raise ValueError(
            f"the tokenizer has {known} tokens, but the weights have embeddings of {embedded}; use "
            "the tokenizer that the encoder was trained with"
        )
    if tokenizer.id_to_token(PAD) != "[PAD]":
        raise ValueError(f"token {PAD} of the tokenizer is not [PAD], which BERT pads with")
    tokenizer.enable_truncation(architecture["context_length"])
    tokenizer.enable_padding(pad_id=PAD, pad_token="[PAD]")
    return tokenizer
