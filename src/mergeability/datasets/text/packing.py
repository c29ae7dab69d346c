"""Texts as tensors: one after the other in UTF-8, and where each begins."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mergeability.files import Tensors


def pack_texts(texts: NDArray[np.str_], source: str) -> Tensors:
    """`texts`, uint8, and `offsets`, int64 [N + 1]; text i is `texts[offsets[i] : offsets[i + 1]]`.

    Raises `ValueError`, naming `source`, for a text of blanks alone: it says nothing of its class.
    """
    for row in np.flatnonzero(np.strings.str_len(np.strings.strip(texts)) == 0):
        raise ValueError(f"{source}: text {row} is empty; leave it out")
    encoded = [text.encode() for text in texts.tolist()]
    return {
        "texts": np.frombuffer(b"".join(encoded), dtype=np.uint8),
        "offsets": np.cumsum([0, *map(len, encoded)], dtype=np.int64),
    }


def unpack_texts(tensors: Tensors, source: str) -> NDArray[np.str_]:
    """The inverse of `pack_texts`; `ValueError`, naming `source`, where offsets do not fit."""
    packed, offsets = tensors["texts"].tobytes(), tensors["offsets"].tolist()
    if offsets[0] != 0 or offsets[-1] != len(packed) or sorted(set(offsets)) != offsets:
        raise ValueError(f"{source}: offsets do not divide the texts; delete it to rebuild it")
    texts = [packed[begin:end].decode() for begin, end in pairwise(offsets)]
    return np.array(texts, dtype=np.str_)
