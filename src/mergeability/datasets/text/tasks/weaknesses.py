"""Weaknesses of software and what came of them (MITRE CWE 4.14), by the pillar they belong to."""

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from mergeability.datasets.text.wheels import text_of

PACKAGE = "cwe2"
TEMPLATES = ("{}", "a vulnerability caused by {}", "a weakness of software: {}")
CLASSES = {
    "284": "missing or wrong access control",
    "664": "wrong handling of a resource such as memory or files",
    "682": "wrong calculation",
    "691": "wrong control flow or timing",
    "693": "missing protection such as encryption or validation",
    "697": "wrong comparison",
    "703": "exceptional conditions that are not handled",
    "707": "input that is not neutralised, such as injection",
    "710": "bad coding practice",
}
_NAMES = {"": "http://cwe.mitre.org/cwe-7"}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Descriptions and observed examples of weaknesses below one pillar, and its number."""
    tree = ElementTree.fromstring(text_of(wheel, "cwe2/database_v49/cwec_v4.14.xml"))
    weaknesses = {found.get("ID", ""): found for found in tree.iterfind(".//Weakness", _NAMES)}
    parents = {number: _parents(weakness) for number, weakness in weaknesses.items()}
    for number, weakness in weaknesses.items():
        pillars = _pillars(number, parents)
        if len(pillars) == 1:
            (pillar,) = pillars
            yield weakness.findtext("Description", "", _NAMES), pillar
            for example in weakness.iterfind(".//Observed_Example/Description", _NAMES):
                yield example.text or "", pillar


def _parents(weakness: Element) -> list[str]:
    related = weakness.iterfind("Related_Weaknesses/Related_Weakness", _NAMES)
    wanted = ("ChildOf", "1000")  # in the view of researchers, in which everything has a place
    return [
        found.get("CWE_ID", "")
        for found in related
        if (found.get("Nature"), found.get("View_ID")) == wanted
    ]


def _pillars(number: str, parents: Mapping[str, list[str]]) -> set[str]:
    above = parents.get(number, [])
    return set().union(*(_pillars(parent, parents) for parent in above)) if above else {number}
