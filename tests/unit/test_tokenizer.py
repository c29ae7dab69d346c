"""The word-level tokenizer and what CLIP's text tower expects of it."""

import json

import pytest

from mergeability.backbones.tokenizer import WordTokenizer

TEXTS = ["a photo of a cat", "a photo of the Dog"]


def test_ids_start_end_and_pad() -> None:
    tokenizer = WordTokenizer.from_texts(TEXTS, context_length=8)
    assert tokenizer.words == ("a", "cat", "dog", "of", "photo", "the")
    assert tokenizer.vocab_size == 9
    assert tokenizer(["the dog"]).tolist() == [[1, 7, 4, 8, 0, 0, 0, 0]]


def test_end_has_the_highest_id_wherever_the_text_ends() -> None:
    tokenizer = WordTokenizer.from_texts(TEXTS, context_length=8)
    ends = tokenizer(["cat", *TEXTS]).argmax(dim=1).tolist()
    assert ends == [2, 6, 6]


def test_vocabulary_does_not_depend_on_order_or_repetition() -> None:
    forward = WordTokenizer.from_texts(TEXTS, context_length=8)
    assert WordTokenizer.from_texts([*TEXTS[::-1], *TEXTS], context_length=8) == forward


def test_description_survives_json() -> None:
    tokenizer = WordTokenizer.from_texts(TEXTS, context_length=8)
    assert WordTokenizer.from_dict(json.loads(json.dumps(tokenizer.to_dict()))) == tokenizer


def test_text_at_the_limit_fits_and_beyond_is_refused() -> None:
    tokenizer = WordTokenizer.from_texts(TEXTS, context_length=7)
    assert tokenizer(["a photo of a cat"]).shape == (1, 7)
    with pytest.raises(ValueError, match="6 words and 2 markers do not fit the context of 7"):
        tokenizer(["a photo of a a cat"])


def test_unknown_word_is_named() -> None:
    tokenizer = WordTokenizer.from_texts(TEXTS, context_length=8)
    with pytest.raises(ValueError, match=r"'a zebra'.*never saw \['zebra'\]"):
        tokenizer(["a zebra"])
