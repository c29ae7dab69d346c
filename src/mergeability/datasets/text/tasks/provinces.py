"""Names of provinces, districts and municipalities in ISO 3166-2, by country."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import json_of

PACKAGE = "pycountry"
TEMPLATES = ("{}", "a province of {}", "a place in {}")
CLASSES = {
    "GB": "the United Kingdom",
    "SI": "Slovenia",
    "UG": "Uganda",
    "IT": "Italy",
    "FR": "France",
    "PH": "the Philippines",
    "EE": "Estonia",
    "CZ": "Czechia",
    "MA": "Morocco",
    "RU": "Russia",
    "TR": "Turkey",
    "MK": "North Macedonia",
    "AZ": "Azerbaijan",
    "TH": "Thailand",
    "BD": "Bangladesh",
    "IS": "Iceland",
    "LT": "Lithuania",
    "ES": "Spain",
    "MT": "Malta",
    "VN": "Vietnam",
    "BF": "Burkina Faso",
    "DZ": "Algeria",
    "US": "the United States",
    "JP": "Japan",
    "KE": "Kenya",
    "HU": "Hungary",
    "LV": "Latvia",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Names, and codes of countries."""
    for place in json_of(wheel, "pycountry/databases/iso3166-2.json")["3166-2"]:
        yield place["name"], place["code"].split("-")[0]
