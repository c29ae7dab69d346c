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
    uniform,
    warped_grid,
)
from mergeability.datasets.tiny.labels import SIGN_COLOURS, SIGN_GLYPHS, SIGN_SHAPES
from mergeability.datasets.tiny.shapes import circle, draw_by_class, segment, square, triangle


def _render_clock(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look, turn=0.7)
    hour = per_image((labels + 1) * (np.pi / 6))
    centre = (np.zeros((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32))
    length = uniform(rng, 0.45, 0.68, (count, 1, 1))
    hand = segment(grid, centre, (length * np.sin(hour), length * np.cos(hour)))
    dial = np.abs(np.hypot(grid.x, grid.y) - 0.9)
    width = uniform(rng, 0.05, 0.11, (count, 1, 1))
    return compose(rng, coverage(np.minimum(hand - width, dial - 0.05)), look)


_SIGN_RGB = np.array(
    [[0.85, 0.12, 0.12], [0.12, 0.25, 0.85], [0.1, 0.6, 0.2], [0.95, 0.8, 0.1]], dtype=np.float32
)


def _bar(grid: Grid) -> Plane:
    return np.maximum(np.abs(grid.x) - 0.42, np.abs(grid.y + 0.08) - 0.14)


def _dot(grid: Grid) -> Plane:
    return np.hypot(grid.x, grid.y + 0.08) - 0.26


def _render_signs(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    grid = warped_grid(rng, len(labels), look)
    shape, colour, glyph = np.unravel_index(
        labels, (len(SIGN_SHAPES), len(SIGN_COLOURS), len(SIGN_GLYPHS))
    )
    plate = _SIGN_RGB[colour] + uniform(rng, -0.12, 0.12, (len(labels), 3))
    ink = np.where(brightness(plate) > 0.5, np.float32(0.05), np.float32(0.95))
    canvas = background(rng, uniform(rng, 0, 1, (len(labels), 3)), look)
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
    x, y = np.abs(grid.x - 0.35 * side), np.abs(grid.y - 0.28)
    return np.hypot(x, y) - 0.13 if is_open else np.maximum(x - 0.2, y - 0.05)


def _mouth(grid: Grid, expression: Expression) -> Plane:
    if expression.mouth_open:
        return np.abs(np.hypot(grid.x, grid.y + 0.38) - 0.17) - 0.06
    middle = -0.38 - 0.2 * expression.bend
    height = middle + expression.bend * 2.2 * grid.x * grid.x
    return np.maximum(np.abs(grid.y - height) - 0.08, np.abs(grid.x) - 0.42)


def _brows(grid: Grid) -> Plane:
    height = 0.46 + 0.5 * (np.abs(grid.x) - 0.3)
    return np.maximum(np.abs(grid.y - height) - 0.06, np.abs(np.abs(grid.x) - 0.35) - 0.25)


def _face(grid: Grid, expression: Expression) -> Plane:
    parts = [
        np.abs(np.hypot(grid.x, grid.y) - 0.92) - 0.05,
        _eye(grid, -1, expression.left_eye_open),
        _eye(grid, 1, expression.right_eye_open),
        _mouth(grid, expression),
    ]
    if expression.frown:
        parts.append(_brows(grid))
    return np.minimum.reduce(parts)


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
