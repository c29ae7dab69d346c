"""Tasks made of composed drawings: clocks, signs and faces."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mergeability.datasets.tiny.canvas import (
    Grid,
    Images,
    Labels,
    Look,
    Plane,
    Renderer,
    background,
    brightness,
    compose,
    coverage,
    finish,
    paint,
    per_image,
    random_colours,
    uniform,
    warped_grid,
)
from mergeability.datasets.tiny.distances import (
    box,
    circle,
    disc,
    draw_by_class,
    hand,
    outline,
    square,
    triangle,
    union,
)
from mergeability.datasets.tiny.labels import SIGN_COLOURS, SIGN_GLYPHS, SIGN_SHAPES


def _render_clock(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look, turn=0.7)
    hour = per_image((labels + 1) * (np.pi / 6))
    length = uniform(rng, 0.55, 0.8, (count, 1, 1))
    width = uniform(rng, 0.08, 0.15, (count, 1, 1))
    dial = outline(disc(grid, 0, 0, 0.95), 0.03)
    return compose(rng, coverage(union(hand(grid, hour, length) - width, dial)), look)


_SIGN_RGB = np.array(
    [[0.85, 0.12, 0.12], [0.12, 0.25, 0.85], [0.1, 0.6, 0.2], [0.95, 0.8, 0.1]], dtype=np.float32
)


def _bar(grid: Grid) -> Plane:
    return box(grid, 0, -0.08, 0.42, 0.14)


def _dot(grid: Grid) -> Plane:
    return disc(grid, 0, -0.08, 0.26)


def _render_signs(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    grid = warped_grid(rng, len(labels), look)
    shape, colour, glyph = np.unravel_index(
        labels, (len(SIGN_SHAPES), len(SIGN_COLOURS), len(SIGN_GLYPHS))
    )
    plate = _SIGN_RGB[colour] + uniform(rng, -0.12, 0.12, (len(labels), 3))
    ink = np.where(brightness(plate) > 0.5, np.float32(0.05), np.float32(0.95))
    canvas = background(rng, random_colours(rng, (len(labels),)), look)
    canvas = paint(canvas, coverage(draw_by_class((circle, square, triangle), shape, grid)), plate)
    sign = coverage(draw_by_class((_bar, _dot), glyph, grid))
    return finish(rng, paint(canvas, sign, np.repeat(ink[:, None], 3, axis=1)), look)


class Expression(NamedTuple):
    """What makes a face: how the mouth bends, and which features it shows."""

    bend: float = 0.0
    mouth_open: bool = False
    left_eye_open: bool = True
    right_eye_open: bool = True
    frown: bool = False


_EXPRESSIONS = (
    Expression(bend=0.9),
    Expression(bend=-0.9),
    Expression(mouth_open=True),
    Expression(),
    Expression(bend=-0.5, frown=True),
    Expression(bend=0.5, left_eye_open=False),
    Expression(left_eye_open=False, right_eye_open=False),
)


def _eye(grid: Grid, side: int, is_open: bool) -> Plane:
    x, y = 0.35 * side, 0.28
    return disc(grid, x, y, 0.13) if is_open else box(grid, x, y, 0.2, 0.05)


def _mouth(grid: Grid, expression: Expression) -> Plane:
    if expression.mouth_open:
        return outline(disc(grid, 0, -0.38, 0.17), 0.06)
    curve = expression.bend * (2.2 * grid.x * grid.x - 0.2)
    return box(Grid(grid.x, grid.y - curve), 0, -0.38, 0.42, 0.08)


def _brows(grid: Grid) -> Plane:
    half = Grid(np.abs(grid.x), grid.y - 0.5 * np.abs(grid.x))
    return box(half, 0.35, 0.31, 0.25, 0.06)


def _face(grid: Grid, expression: Expression) -> Plane:
    parts = [
        outline(disc(grid, 0, 0, 0.92), 0.05),
        _eye(grid, -1, expression.left_eye_open),
        _eye(grid, 1, expression.right_eye_open),
        _mouth(grid, expression),
    ]
    if expression.frown:
        parts.append(_brows(grid))
    return union(*parts)


def _render_faces(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    grid = warped_grid(rng, len(labels), look)
    distance = np.empty_like(grid.x)
    for label, expression in enumerate(_EXPRESSIONS):
        chosen = labels == label
        distance[chosen] = _face(grid.pick(chosen), expression)
    return compose(rng, coverage(distance), look)


RENDERERS: Mapping[str, Renderer] = {
    "clock": _render_clock,
    "signs": _render_signs,
    "faces": _render_faces,
}
