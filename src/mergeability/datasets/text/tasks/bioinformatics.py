"""Definitions in the EDAM ontology of bioinformatics, by what is defined."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import rows_of

PACKAGE = "edam-ontology"
TEMPLATES = ("{}", "the definition of {} in bioinformatics", "in bioinformatics, {}")
CLASSES = {
    "data": "a type of data",
    "format": "a file format",
    "operation": "an operation that a tool performs",
    "topic": "a field of study",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """First definitions of terms, and the branch of the ontology in their identifiers."""
    for term in rows_of(wheel, "edam_ontology/EDAM.tsv", "\t"):
        definition, *_ = term["Definitions"].split("|")
        yield definition, term["Class ID"].rpartition("/")[2].split("_")[0]
