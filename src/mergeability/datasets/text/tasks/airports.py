"""Names of airports and landing strips, by country."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import rows_of

PACKAGE = "airportsdata"
TEMPLATES = ("{}", "an airport in {}", "a landing strip in {}")
CLASSES = {
    "US": "the United States",
    "BR": "Brazil",
    "AU": "Australia",
    "CA": "Canada",
    "DE": "Germany",
    "FR": "France",
    "RU": "Russia",
    "VE": "Venezuela",
    "CL": "Chile",
    "ZA": "South Africa",
    "CN": "China",
    "CD": "the Democratic Republic of the Congo",
    "GB": "the United Kingdom",
    "IN": "India",
    "ID": "Indonesia",
    "AR": "Argentina",
    "BO": "Bolivia",
    "PE": "Peru",
    "SE": "Sweden",
    "MX": "Mexico",
    "HN": "Honduras",
    "JP": "Japan",
    "NZ": "New Zealand",
    "CO": "Colombia",
    "ES": "Spain",
    "CR": "Costa Rica",
    "IT": "Italy",
    "IR": "Iran",
    "PG": "Papua New Guinea",
    "PK": "Pakistan",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Names, and codes of countries."""
    for airport in rows_of(wheel, "airportsdata/airports.csv"):
        yield airport["name"], airport["country"]
