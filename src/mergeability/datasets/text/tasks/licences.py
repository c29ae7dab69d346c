"""Notices and references to software licences as found in code (ScanCode), by kind of licence."""

import re
from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import first_words, text_of

PACKAGE = "licensedcode-data"
TEMPLATES = ("{}", "a notice of a {}", "this software is under a {}")
CLASSES = {
    "Permissive": "permissive licence",
    "Copyleft": "strong copyleft licence",
    "Copyleft Limited": "limited copyleft licence",
    "Commercial": "commercial licence",
    "Public Domain": "dedication to the public domain",
    "Source-available": "source-available licence with limits",
    "Unstated License": "licence that is not stated",
    "Proprietary Free": "proprietary licence without a fee",
    "Free Restricted": "free licence with restrictions",
}
_WORDS = 50


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """The first 50 words of rules that stand for one licence, and its category."""
    names = wheel.namelist()
    licences = [text_of(wheel, name) for name in names if name.endswith(".LICENSE")]
    kinds = {_field("key", text): _field("category", text) for text in licences}
    for name in names:
        if name.endswith(".RULE"):
            _, header, notice = text_of(wheel, name).split("---\n", 2)
            yield first_words(notice, _WORDS), kinds.get(_field("license_expression", header), "")


def _field(name: str, header: str) -> str:
    found = re.search(rf"^{name}: (.*)$", header, re.MULTILINE)
    return found[1] if found else ""
