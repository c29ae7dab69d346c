"""Tokenizers: of whole words, for backbones whose captions use few, and CLIP's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from mergeability.backbones.light_open_clip import SimpleTokenizer


@dataclass(frozen=True)
class WordTokenizer:
    """Maps texts to ids: 0 pads, 1 starts, then the words, and the highest id ends a text.

    The end must have the highest id because CLIP's text tower reads its output at the position
    of the largest one (`pool_type` "argmax").
    """

    words: tuple[str, ...]
    context_length: int

    @classmethod
    def from_texts(cls, texts: Iterable[str], context_length: int) -> "WordTokenizer":
        """A tokenizer that knows every word of `texts`; their order does not matter."""
        words = {word for text in set(texts) for word in _split(text)}
        return cls(tuple(sorted(words)), context_length)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "WordTokenizer":
        """The inverse of `to_dict`."""
        return cls(tuple(content["words"]), content["context_length"])

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serialisable description."""
        return {"kind": "words", "words": list(self.words), "context_length": self.context_length}

    @property
    def vocab_size(self) -> int:
        """Number of ids: the words, padding, start and end."""
        return len(self.words) + 3

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Token ids, int64 [N, context_length].

        Raises `ValueError` for an unknown word and for a text that does not fit the context.
        """
        return torch.tensor([self._encode(text) for text in texts], dtype=torch.int64)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words, start=2)}

    def _encode(self, text: str) -> list[int]:
        words = _split(text)
        unknown = [word for word in words if word not in self._ids]
        if unknown:
            raise ValueError(f"cannot tokenize {text!r}: the backbone never saw {unknown}")
        padding = self.context_length - len(words) - 2
        if padding < 0:
            raise ValueError(
                f"cannot tokenize {text!r}: {len(words)} words and 2 markers do not fit the "
                f"context of {self.context_length}"
            )
        return [1, *(self._ids[word] for word in words), self.vocab_size - 1, *[0] * padding]


@dataclass(frozen=True)
class ClipTokenizer:
    """CLIP's byte-pair encoding (Radford et al. 2021, section 2.4), as open_clip ships it."""

    context_length: int

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serialisable description."""
        return {"kind": "clip", "context_length": self.context_length}

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Token ids, int64 [N, context_length], padded with 0.

        Raises `ValueError` for a text that does not fit the context; open_clip would cut it.
        """
        for text in texts:
            length = len(self._encoder.encode(text)) + 2
            if length > self.context_length:
                raise ValueError(
                    f"cannot tokenize {text!r}: its {length} tokens do not fit the context of "
                    f"{self.context_length}"
                )
        return self._encoder(list(texts))

    @cached_property
    def _encoder(self) -> SimpleTokenizer:
        return SimpleTokenizer(context_length=self.context_length)


def read_tokenizer(content: Mapping[str, Any]) -> WordTokenizer | ClipTokenizer:
    """The tokenizer that `to_dict` described; `ValueError` for a kind that is not known."""
    match content.get("kind"):
        case "words":
            return WordTokenizer.from_dict(content)
        case "clip":
            return ClipTokenizer(content["context_length"])
        case kind:
            raise ValueError(
                f"unknown kind of tokenizer {kind!r}; delete the backbone's files to build it again"
            )


def _split(text: str) -> list[str]:
    return text.lower().split()
