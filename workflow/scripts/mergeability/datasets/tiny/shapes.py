"""Tasks made of plain geometric objects: which one, where, how many, which way."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mergeability.datasets.tiny.canvas import (
    Grid,
    Images,
    Labels,
    Look,
    Plane,
    Renderer,
    compose,
    coverage,
    per_image,
    uniform,
    warped_grid,
)

Distance = Callable[[Grid], Plane]


def circle(grid: Grid) -> Plane:
    """Signed distance to a disc."""
    return np.hypot(grid.x, grid.y) - 0.8


def square(grid: Grid) -> Plane:
    """Signed distance to a square."""
    return np.maximum(np.abs(grid.x), np.abs(grid.y)) - 0.7


def triangle(grid: Grid) -> Plane:
    """Signed distance to a triangle with its tip up."""
    return np.maximum(0.87 * np.abs(grid.x) + 0.5 * grid.y, -grid.y) - 0.45


def star(grid: Grid) -> Plane:
    """Signed distance to a star with five arms, one of them up."""
    angle = np.arctan2(grid.x, grid.y)
    return np.hypot(grid.x, grid.y) - (0.58 + 0.27 * np.cos(5 * angle))


def cross(grid: Grid) -> Plane:
    """Signed distance to an upright cross."""
    x, y = np.abs(grid.x), np.abs(grid.y)
    return np.minimum(np.maximum(x - 0.25, y - 0.8), np.maximum(x - 0.8, y - 0.25))


def ring(grid: Grid) -> Plane:
    """Signed distance to a ring."""
    return np.abs(np.hypot(grid.x, grid.y) - 0.62) - 0.18


def heart(grid: Grid) -> Plane:
    """Approximate signed distance to a heart."""
    return np.hypot(grid.x, grid.y + 0.15 - 0.7 * np.sqrt(np.abs(grid.x))) - 0.75


def crescent(grid: Grid) -> Plane:
    """Signed distance to a crescent that opens to the right."""
    hole = 0.68 - np.hypot(grid.x - 0.38, grid.y)
    return np.maximum(np.hypot(grid.x, grid.y) - 0.82, hole)


PLAIN_SHAPES = (circle, square, triangle, star, cross, ring, heart, crescent)


def segment(grid: Grid, start: tuple[Plane, Plane], end: tuple[Plane, Plane]) -> Plane:
    """Distance to the segments from `start` to `end`, whose coordinates broadcast over planes."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    from_x, from_y = grid.x - start[0], grid.y - start[1]
    length = along_x * along_x + along_y * along_y
    share = np.clip((from_x * along_x + from_y * along_y) / length, 0, 1)
    return np.hypot(from_x - share * along_x, from_y - share * along_y)


def draw_by_class(drawings: Sequence[Distance], choice: Labels, grid: Grid) -> Plane:
    """Distances to the chosen drawing of each image."""
    distance = np.empty_like(grid.x)
    for index, drawing in enumerate(drawings):
        chosen = choice == index
        distance[chosen] = drawing(grid.pick(chosen))
    return distance


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
    shaft = np.maximum(np.maximum(-0.85 - x, x - neck - 0.1), y - width)
    head = np.maximum(neck - x, 0.75 * (x - 0.9) + 0.66 * y)
    return compose(rng, coverage(np.minimum(shaft, head)), look)


def _render_count(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look)
    cells = rng.permuted(np.tile(np.arange(9), (count, 1)), axis=1)
    kind = rng.integers(3, size=count)
    mask = np.zeros_like(grid.x)
    for index in range(int(labels.max()) + 1):
        radius = uniform(rng, 0.17, 0.27, (count, 1, 1))
        x = per_image((cells[:, index] % 3 - 1) * 0.66) + uniform(rng, -0.06, 0.06, (count, 1, 1))
        y = per_image((cells[:, index] // 3 - 1) * 0.66) + uniform(rng, -0.06, 0.06, (count, 1, 1))
        near = Grid((grid.x - x) / radius, (grid.y - y) / radius)
        spot = coverage(draw_by_class((circle, square, triangle), kind, near), softness=0.35)
        mask = np.maximum(mask, spot * per_image(labels >= index))
    return compose(rng, mask, look)


def _render_position(rng: np.random.Generator, labels: Labels, look: Look) -> Images:
    count = len(labels)
    grid = warped_grid(rng, count, look)
    radius = uniform(rng, 0.18, 0.34, (count, 1, 1))
    x = per_image((labels % 3 - 1) * 0.62) + uniform(rng, -0.16, 0.16, (count, 1, 1))
    y = per_image((1 - labels // 3) * 0.62) + uniform(rng, -0.16, 0.16, (count, 1, 1))
    near = Grid((grid.x - x) / radius, (grid.y - y) / radius)
    kind = rng.integers(len(PLAIN_SHAPES), size=count)
    return compose(rng, coverage(draw_by_class(PLAIN_SHAPES, kind, near), softness=0.3), look)


RENDERERS: Mapping[str, Renderer] = {
    "shapes": _render_shapes,
    "arrows": _render_arrows,
    "count": _render_count,
    "position": _render_position,
}
