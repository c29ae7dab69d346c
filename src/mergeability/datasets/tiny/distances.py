"""Drawings as signed distances: negative inside the shape, about 1 unit per unit of length.

A drawing takes object coordinates, with the object inside [-1, 1], and returns one plane.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mergeability.datasets.tiny.canvas import Grid, Labels, Plane

Drawing = Callable[[Grid], Plane]


def length(x: Plane, y: Plane) -> Plane:
    """Euclidean length of vectors."""
    result: Plane = np.hypot(x, y)
    return result


def union(*distances: Plane) -> Plane:
    """Distance to whatever is inside any of the shapes."""
    result: Plane = np.minimum.reduce(np.broadcast_arrays(*distances))
    return result


def intersection(*distances: Plane) -> Plane:
    """Distance to what is inside all of the shapes."""
    result: Plane = np.maximum.reduce(np.broadcast_arrays(*distances))
    return result


def box(grid: Grid, x: float, y: float, half_width: float, half_height: float) -> Plane:
    """An upright rectangle around (x, y)."""
    return intersection(np.abs(grid.x - x) - half_width, np.abs(grid.y - y) - half_height)


def disc(grid: Grid, x: float, y: float, radius: float) -> Plane:
    """A disc around (x, y)."""
    return length(grid.x - x, grid.y - y) - radius


def outline(distance: Plane, half_width: float) -> Plane:
    """The border of a shape, drawn with a pen."""
    return np.abs(distance) - half_width


def circle(grid: Grid) -> Plane:
    """A disc."""
    return disc(grid, 0, 0, 0.8)


def square(grid: Grid) -> Plane:
    """An upright square."""
    return box(grid, 0, 0, 0.7, 0.7)


def triangle(grid: Grid) -> Plane:
    """A triangle with its tip up."""
    return intersection(0.87 * np.abs(grid.x) + 0.5 * grid.y, -grid.y) - 0.45


def star(grid: Grid) -> Plane:
    """A star with five arms, one of them up."""
    angle = np.arctan2(grid.x, grid.y)
    return length(grid.x, grid.y) - (0.58 + 0.27 * np.cos(5 * angle))


def cross(grid: Grid) -> Plane:
    """An upright cross."""
    return union(box(grid, 0, 0, 0.25, 0.8), box(grid, 0, 0, 0.8, 0.25))


def ring(grid: Grid) -> Plane:
    """A ring."""
    return outline(disc(grid, 0, 0, 0.62), 0.18)


def heart(grid: Grid) -> Plane:
    """A heart; the distance is approximate."""
    return length(grid.x, grid.y + 0.15 - 0.7 * np.sqrt(np.abs(grid.x))) - 0.75


def crescent(grid: Grid) -> Plane:
    """A crescent that opens to the right."""
    return intersection(disc(grid, 0, 0, 0.82), -disc(grid, 0.38, 0, 0.68))


PLAIN_SHAPES = (circle, square, triangle, star, cross, ring, heart, crescent)


def hand(grid: Grid, angle: Plane, reach: Plane) -> Plane:
    """Distance to the line from the centre to `reach`, `angle` radians clockwise from the top."""
    along = grid.x * np.sin(angle) + grid.y * np.cos(angle)
    nearest = np.clip(along, 0, reach)
    return length(grid.x - nearest * np.sin(angle), grid.y - nearest * np.cos(angle))


def draw_by_class(drawings: Sequence[Drawing], choice: Labels, grid: Grid) -> Plane:
    """The drawing that `choice` [N] picks for each image."""
    distance = np.empty_like(grid.x)
    for index, drawing in enumerate(drawings):
        chosen = choice == index
        distance[chosen] = drawing(grid.pick(chosen))
    return distance
