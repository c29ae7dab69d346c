"""Words that recovery phrases of wallets are made of (BIP 39), by language."""

from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import text_of

PACKAGE = "mnemonic"
TEMPLATES = ("{}", "a word in {}", "the {} language")
CLASSES = {
    "english": "English",
    "french": "French",
    "italian": "Italian",
    "spanish": "Spanish",
    "portuguese": "Portuguese",
    "czech": "Czech",
    "turkish": "Turkish",
    "russian": "Russian",
    "japanese": "Japanese",
    "korean": "Korean",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Words and names of languages."""
    for language in CLASSES:
        for word in text_of(wheel, f"mnemonic/wordlist/{language}.txt").splitlines():
            yield word, language
