"""Tasks made of characters: digits, letters, scripts and symbols from matplotlib's fonts."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mergeability.datasets.tiny.canvas import (
    Grid,
    Images,
    Labels,
    Look,
    Plane,
    Renderer,
    compose,
    warped_grid,
)

_CELL = 44  # side of a glyph's cell in the atlas, in pixels
_FONT_SIZE = 42

_SERIF_AND_SANS = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic"),
)
_STIX = ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta")


class GlyphTask(NamedTuple):
    """Per class the characters that may stand for it, and the fonts of each look."""

    characters: tuple[str, ...]
    task_fonts: tuple[str, ...] = _SERIF_AND_SANS
    web_fonts: tuple[str, ...] = _STIX


_GLYPH_TASKS: Mapping[str, GlyphTask] = {
    "digits_font": GlyphTask(tuple("0123456789")),
    "latin_upper": GlyphTask(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    "latin_lower": GlyphTask(tuple("abcdefghijklmnopqrstuvwxyz")),
    "greek": GlyphTask(tuple("αβγδεζηθικλμνξοπρστυφχψω")),
    "cyrillic": GlyphTask(tuple("бвгджзийлнпфцчшщъыьэюяхт")),
    # STIX has no Armenian.
    "armenian": GlyphTask(tuple("աբգդեզէըթժիլխծկհձղճմ"), web_fonts=("DejaVuSans",)),
    "scripts": GlyphTask(
        (
            "bghk",
            "βθλξ",
            "джзю",
            "բթժխ",
            "აბკჟ",
            "بجسع",
            "אלמש",
            "ⴱⴹⴻⵣ",
            "ກຂຄທ",
            "ᐁᑌᑫᑯ",
        ),
        task_fonts=("DejaVuSans", "DejaVuSans-Bold"),
        web_fonts=("DejaVuSans",),
    ),
    "symbols": GlyphTask(
        tuple("♔♕♖♗♘♙♠♥♦♣☀☁☂☃★☎✂✈✉♪☠☢☯✔"),
        task_fonts=("DejaVuSans", "DejaVuSans-Bold"),
        web_fonts=("DejaVuSans",),
    ),
}


@cache
def _atlas(characters: str, fonts: tuple[str, ...]) -> Plane:
    """All glyphs as masks [fonts, characters, _CELL, _CELL], each centred in its cell."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    faces = [ImageFont.truetype(folder / f"{name}.ttf", _FONT_SIZE) for name in fonts]
    return np.array([[_cell(character, face) for character in characters] for face in faces])


def _cell(character: str, face: ImageFont.FreeTypeFont) -> Plane:
    cell = Image.new("L", (_CELL, _CELL))
    left, top, right, bottom = face.getbbox(character)
    corner = ((_CELL - left - right) / 2, (_CELL - top - bottom) / 2)
    ImageDraw.Draw(cell).text(corner, character, fill=255, font=face)
    return np.asarray(cell, dtype=np.float32) / 255


def sample_cells(cells: Plane, grid: Grid) -> Plane:
    """Bilinear lookup of one square cell per image [N, S, S] at object coordinates.

    Outside [-1, 1] the mask is empty.
    """
    count, side = cells.shape[:2]
    padded = np.pad(cells, ((0, 0), (1, 2), (1, 2))).reshape(count, -1)
    column = np.clip((grid.x + 1) * (side / 2) - 0.5, -1, side) + 1
    row = np.clip((1 - grid.y) * (side / 2) - 0.5, -1, side) + 1
    left, top = column.astype(np.int32), row.astype(np.int32)
    right_share, bottom_share = column - left, row - top
    stride = side + 3
    start = (np.arange(count, dtype=np.int32) * stride * stride)[:, None, None]
    corner = start + top * stride + left
    flat = padded.ravel()
    upper = flat[corner] * (1 - right_share) + flat[corner + 1] * right_share
    lower = flat[corner + stride] * (1 - right_share) + flat[corner + stride + 1] * right_share
    return upper * (1 - bottom_share) + lower * bottom_share


def _renderer(task: GlyphTask) -> Renderer:
    characters = "".join(task.characters)
    sizes = np.array([len(choices) for choices in task.characters])
    starts = np.cumsum(sizes) - sizes

    def render(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
        atlas = _atlas(characters, task.web_fonts if look.name == "web" else task.task_fonts)
        face = rng.integers(len(atlas), size=len(labels))
        character = starts[labels] + rng.integers(sizes[labels])
        cells = atlas[face, character]
        return compose(rng, sample_cells(cells, warped_grid(rng, len(labels), look)), look)

    return render


RENDERERS: Mapping[str, Renderer] = {name: _renderer(task) for name, task in _GLYPH_TASKS.items()}
