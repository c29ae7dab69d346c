"""Names of emoji, by language (Unicode CLDR)."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import json_of

PACKAGE = "emoji"
TEMPLATES = ("{}", "the name of an emoji in {}", "the {} language")
CLASSES = {
    "ar": "Arabic",
    "de": "German",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "zh": "Chinese",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Names without the signs between their words, and codes of languages."""
    for language in CLASSES:
        names = json_of(wheel, f"emoji/unicode_codes/emoji_{language}.json")
        for name in names.values():
            yield name.strip(":").replace("_", " "), language
