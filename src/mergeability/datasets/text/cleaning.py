"""Texts without near duplicates, so that no test text is a training text in disguise."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

SIMILAR = 0.7  # Jaccard index from which two texts count as the same
_BLOCK = 500  # texts compared with all others at once


def folded(text: str) -> str:
    """The words of a text in lower case, without digits and punctuation; "" if it has none."""
    return " ".join(re.findall(r"[^\W\d_]+", text.casefold()))


def without_near_duplicates(texts: Sequence[str]) -> NDArray[np.int64]:
    """Indices, increasing, of texts of which no two are similar; of similar ones, the first stays.

    Two folded texts are similar if the sets of their character trigrams, within words and with the
    spaces around these, have a Jaccard index |A & B| / |A | B| of at least 0.7.
    """
    vectorizer = CountVectorizer(
        analyzer="char_wb", ngram_range=(3, 3), binary=True, lowercase=False, dtype=np.int32
    )
    trigrams = vectorizer.fit_transform(texts)
    sizes = np.asarray(trigrams.sum(axis=1)).ravel()
    kept = np.ones(len(texts), dtype=bool)
    for start in range(0, len(texts), _BLOCK):
        shared = (trigrams[start : start + _BLOCK] @ trigrams.T).tocoo()
        rows, columns = shared.row + start, shared.col
        earlier = columns < rows
        similar = shared.data >= SIMILAR * (sizes[rows] + sizes[columns] - shared.data)
        pairs = np.stack([rows, columns], axis=1)[earlier & similar]
        for row, column in pairs[np.argsort(pairs[:, 0], kind="stable")]:
            kept[row] &= not kept[column]
    return np.flatnonzero(kept)
