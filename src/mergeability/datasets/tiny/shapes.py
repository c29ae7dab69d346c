"""Tasks made of plain geometric objects: which one, where, how many, which way."""

from collections.abc import Mapping

import numpy as np

from mergeability.datasets.tiny.canvas import (
    Grid,
    Images,
    Labels,
    Look,
    Renderer,
    compose,
    coverage,
    per_image,
    uniform,
    warped_grid,
)
from mergeability.datasets.tiny.distances import (
    PLAIN_SHAPES,
    circle,
    draw_by_class,
    intersection,
    square,
    triangle,
    union,
)


def _render_shapes(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    grid = warped_grid(rng, len(labels), look, turn=1.5)
    return compose(rng, coverage(draw_by_class(PLAIN_SHAPES, labels, grid)), look)


def _render_arrows(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look)
    angle = per_image(labels * (np.pi / 4))
    x = np.cos(angle) * grid.x + np.sin(angle) * grid.y
    y = np.abs(np.cos(angle) * grid.y - np.sin(angle) * grid.x)
    neck = uniform(rng, 0.0, 0.3, (count, 1, 1))  # where the shaft meets the head
    width = uniform(rng, 0.08, 0.2, (count, 1, 1))
    shaft = intersection(-0.85 - x, x - neck - 0.1, y - width)
    head = intersection(neck - x, 0.75 * (x - 0.9) + 0.66 * y)
    return compose(rng, coverage(union(shaft, head)), look)


def _render_count(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look)
    cells = rng.permuted(np.tile(np.arange(9), (count, 1)), axis=1)
    kind = rng.integers(3, size=count)
    mask = np.zeros_like(grid.x)
    for index in range(int(labels.max()) + 1):
        radius = uniform(rng, 0.2, 0.3, (count, 1, 1))
        x = per_image((cells[:, index] % 3 - 1) * 0.66) + uniform(rng, -0.06, 0.06, (count, 1, 1))
        y = per_image((cells[:, index] // 3 - 1) * 0.66) + uniform(rng, -0.06, 0.06, (count, 1, 1))
        near = Grid((grid.x - x) / radius, (grid.y - y) / radius)
        spot = coverage(draw_by_class((circle, square, triangle), kind, near), softness=0.35)
        mask = np.maximum(mask, spot * per_image(labels >= index))
    return compose(rng, mask, look)


def _render_position(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look)
    radius = uniform(rng, 0.24, 0.4, (count, 1, 1))
    x = per_image((labels % 3 - 1) * 0.62) + uniform(rng, -0.12, 0.12, (count, 1, 1))
    y = per_image((1 - labels // 3) * 0.62) + uniform(rng, -0.12, 0.12, (count, 1, 1))
    near = Grid((grid.x - x) / radius, (grid.y - y) / radius)
    kind = rng.integers(len(PLAIN_SHAPES), size=count)
    return compose(rng, coverage(draw_by_class(PLAIN_SHAPES, kind, near), softness=0.3), look)


RENDERERS: Mapping[str, Renderer] = {
    "shapes": _render_shapes,
    "arrows": _render_arrows,
    "count": _render_count,
    "position": _render_position,
}
