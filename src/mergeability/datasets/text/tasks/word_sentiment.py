"""Words with a mood, as ten people judged them (the lexicon of VADER), by its sign."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import text_of

PACKAGE = "vaderSentiment"
TEMPLATES = ("{}", "a word for something {}", "this is {}")
CLASSES = {"negative": "bad and negative", "positive": "good and positive"}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Words and signs; emoticons have no letters to read, or few."""
    for line in text_of(wheel, "vaderSentiment/vader_lexicon.txt").splitlines():
        word, mean, *_ = line.split("\t")
        if word.isalpha():
            yield word, "negative" if float(mean) < 0 else "positive"
