"""Class names and prompt templates of the tiny zoo. Plain data."""

from collections.abc import Mapping
from itertools import product
from string import ascii_lowercase
from types import MappingProxyType

TEMPLATES = ("a photo of a {}", "a picture of a {}", "an image of the {}", "this is a {}")

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
HOURS = (*NUMBERS, "eleven", "twelve")
SIGN_SHAPES = ("circle", "square", "triangle")
SIGN_COLOURS = ("red", "blue", "green", "yellow")
SIGN_GLYPHS = ("bar", "dot")

_GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu
nu xi omicron pi rho sigma tau upsilon phi chi psi omega"""
_CYRILLIC = """be ve ge de zhe ze ii short-ii el en pe ef
tse che sha shcha hard-sign yery soft-sign eh yu ya kha te"""
_ARMENIAN = "ayb ben gim da yech za eh yet to zhe ini liwn khe tsa ken ho dza ghat che men"
_SYMBOLS = """chess-king|chess-queen|chess-rook|chess-bishop|chess-knight|chess-pawn
|spade|heart|diamond|club|sun|cloud|umbrella|snowman|star|telephone|scissors|airplane
|envelope|note|skull|radiation|taiji|tick"""


def _with(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix} {name}" for name in names.split())


_DIGITS = _with("digit", "zero " + " ".join(NUMBERS[:9]))

_CLASS_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "digits_hand": _DIGITS,
        "digits_font": _DIGITS,
        "latin_upper": _with("capital letter", " ".join(ascii_lowercase)),
        "latin_lower": _with("small letter", " ".join(ascii_lowercase)),
        "greek": _with("greek letter", _GREEK),
        "cyrillic": _with("cyrillic letter", _CYRILLIC),
        "armenian": _with("armenian letter", _ARMENIAN),
        "scripts": tuple(
            f"{script} character"
            for script in "latin greek cyrillic armenian georgian arabic hebrew tifinagh lao "
            "syllabic".split()
        ),
        "symbols": tuple(
            f"{name.strip().replace('-', ' ')} symbol" for name in _SYMBOLS.split("|")
        ),
        "arrows": tuple(
            f"arrow pointing {direction}"
            for direction in (
                *("right", "up right", "up", "up left"),
                *("left", "down left", "down", "down right"),
            )
        ),
        "shapes": _with("plain", "circle square triangle star cross ring heart crescent"),
        "colours": tuple(
            f"{colour} thing"
            for colour in "red orange yellow green cyan blue purple pink brown grey".split()
        ),
        "count": tuple(f"group of {number}" for number in NUMBERS[:6]),
        "grating": tuple(
            f"grating at {angle} degrees" for angle in "0 22 45 67 90 112 135 157".split()
        ),
        "textures": tuple(
            f"{texture} texture"
            for texture in "striped checkered dotted grainy blobby gradient ringed crosshatched "
            "zigzag brick".split()
        ),
        "position": tuple(
            f"object at the {place}"
            for place in (
                *("top left", "top", "top right", "left", "centre", "right"),
                *("bottom left", "bottom", "bottom right"),
            )
        ),
        "symmetry": ("symmetric pattern", "asymmetric pattern"),
        "clock": tuple(f"clock showing {hour}" for hour in HOURS),
        "signs": tuple(
            f"{colour} {shape} sign with {glyph}"
            for shape, colour, glyph in product(SIGN_SHAPES, SIGN_COLOURS, SIGN_GLYPHS)
        ),
        "faces": tuple(
            f"{expression} face"
            for expression in "happy sad surprised neutral angry winking sleepy".split()
        ),
    }
)


def class_names(task: str) -> list[str]:
    """Names of the classes of `task`, in the order of their labels."""
    return list(_CLASS_NAMES[task])
