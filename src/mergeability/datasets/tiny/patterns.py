"""Tasks without an object: colours, gratings, textures and symmetry."""

from collections.abc import Callable, Mapping

import numpy as np

from mergeability.datasets.tiny.canvas import (
    Grid,
    Images,
    Labels,
    Look,
    Plane,
    Renderer,
    background,
    compose,
    finish,
    paint,
    per_image,
    random_colours,
    smooth_field,
    uniform,
    warped_grid,
)

# Centre of the hue, then the ranges of saturation and value, in the order of the labels.
_COLOUR_RANGES = np.array(
    [
        (0.00, 0.75, 1.0, 0.60, 0.95),  # red
        (0.08, 0.75, 1.0, 0.80, 1.00),  # orange
        (0.16, 0.70, 1.0, 0.80, 1.00),  # yellow
        (0.34, 0.50, 1.0, 0.40, 0.85),  # green
        (0.50, 0.50, 1.0, 0.65, 1.00),  # cyan
        (0.63, 0.60, 1.0, 0.50, 0.95),  # blue
        (0.77, 0.50, 0.9, 0.40, 0.80),  # purple
        (0.92, 0.30, 0.6, 0.85, 1.00),  # pink
        (0.07, 0.50, 0.8, 0.25, 0.50),  # brown
        (0.50, 0.00, 0.08, 0.3, 0.75),  # grey
    ],
    dtype=np.float32,
)
_HUE_SPREAD = 0.03


def _rgb(hue: Plane, saturation: Plane, value: Plane) -> Plane:
    """RGB colours [N, 3] from hue, saturation and value, each [N] in [0, 1]."""
    sextant = (np.array([5, 3, 1], dtype=np.float32) + 6 * hue[:, None]) % 6
    chroma = np.clip(np.minimum(sextant, 4 - sextant), 0, 1)
    return value[:, None] * (1 - saturation[:, None] * chroma)


def _render_colours(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    hue, least_saturation, most_saturation, least_value, most_value = _COLOUR_RANGES[labels].T
    share = uniform(rng, 0, 1, (2, count))
    ink = _rgb(
        (hue + uniform(rng, -_HUE_SPREAD, _HUE_SPREAD, count)) % 1,
        least_saturation + share[0] * (most_saturation - least_saturation),
        least_value + share[1] * (most_value - least_value),
    )
    canvas = background(rng, random_colours(rng, (count,)), look)
    size = uniform(rng, -0.1, 0.5, (count, 1, 1))
    blob = np.clip(0.5 + 4 * (smooth_field(rng, count, 4) + size), 0, 1)
    return finish(rng, paint(canvas, blob, ink), look)


def _wave(phase: Plane) -> Plane:
    return 0.5 + 0.5 * np.sin(phase)


def _render_grating(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look, turn=0.5)
    angle = per_image(labels * (np.pi / 8))
    frequency = uniform(rng, 4, 10, (count, 1, 1))
    phase = uniform(rng, 0, 2 * np.pi, (count, 1, 1))
    across = np.cos(angle) * grid.y - np.sin(angle) * grid.x
    return compose(rng, _wave(frequency * across + phase), look)


def _step(field: Plane) -> Plane:
    """A soft threshold at zero."""
    return np.clip(0.5 + 2 * field, 0, 1)


def _striped(_: np.random.Generator, grid: Grid) -> Plane:
    return _step(np.sin(grid.x))


def _checkered(_: np.random.Generator, grid: Grid) -> Plane:
    return _step(2 * np.sin(0.7 * grid.x) * np.sin(0.7 * grid.y))


def _dotted(_: np.random.Generator, grid: Grid) -> Plane:
    return _step(np.cos(grid.x) + np.cos(grid.y) - 0.7)


def _grainy(rng: np.random.Generator, grid: Grid) -> Plane:
    return rng.random(grid.x.shape, dtype=np.float32)


def _blobby(rng: np.random.Generator, grid: Grid) -> Plane:
    return _step(2 * smooth_field(rng, len(grid.x), 8))


def _gradient(_: np.random.Generator, grid: Grid) -> Plane:
    return np.clip(0.5 + 0.07 * grid.x, 0, 1)


def _ringed(_: np.random.Generator, grid: Grid) -> Plane:
    return _step(np.sin(np.hypot(grid.x, grid.y)))


def _crosshatched(_: np.random.Generator, grid: Grid) -> Plane:
    return _step(np.maximum(np.cos(grid.x), np.cos(grid.y)) - 0.75)


def _zigzag(_: np.random.Generator, grid: Grid) -> Plane:
    fold = 2 * np.arcsin(np.sin(grid.y)) / np.pi
    return _step(np.sin(grid.x + 2 * fold))


def _bricks(_: np.random.Generator, grid: Grid) -> Plane:
    row = np.floor(grid.y / 3)
    upright = np.abs((grid.x / 6 + 0.5 * row) % 1 - 0.5) * 6
    level = np.abs((grid.y / 3) % 1 - 0.5) * 3
    return _step(1.2 - np.maximum(upright - 1.5, level))


_TEXTURES: tuple[Callable[[np.random.Generator, Grid], Plane], ...] = (
    *(_striped, _checkered, _dotted, _grainy, _blobby),
    *(_gradient, _ringed, _crosshatched, _zigzag, _bricks),
)


def _render_textures(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look, turn=4)
    frequency = uniform(rng, 7, 11, (count, 1, 1))
    offset = uniform(rng, -4, 4, (2, count, 1, 1))
    fine = Grid(frequency * grid.x + offset[0], frequency * grid.y + offset[1])
    mask = np.empty_like(grid.x)
    for label, texture in enumerate(_TEXTURES):
        chosen = labels == label
        mask[chosen] = texture(rng, fine.pick(chosen))
    return compose(rng, mask, look)


def _render_symmetry(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    field = smooth_field(rng, len(labels), 6)
    mirrored = (field + field[:, :, ::-1]) / np.float32(np.sqrt(2))
    return compose(rng, _step(np.where(per_image(labels) == 0, mirrored, field)), look)


RENDERERS: Mapping[str, Renderer] = {
    "colours": _render_colours,
    "grating": _render_grating,
    "textures": _render_textures,
    "symmetry": _render_symmetry,
}
