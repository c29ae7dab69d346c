"""What all drawn tasks share: warped coordinates, colours, clutter and noise.

Arrays are batches: planes are float32 [N, SIZE, SIZE], canvases float32 [N, SIZE, SIZE, 3] with
values around [0, 1]; masks are planes in [0, 1]. Object coordinates run to the right and upwards,
with the object inside [-1, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

SIZE = 32

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Plane = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Look:
    """How far images stray from a plain rendering.

    Lengths are in units of half the image side, brightness in [0, 1].
    """

    name: Literal["web", "task"]  # also selects the fonts of glyphs
    rotation: float  # largest rotation, in degrees
    shear: float  # largest shear
    scale: tuple[float, float]  # range of the object's size
    shift: float  # largest offset of the object
    contrast: float  # least difference in brightness between ink and ground
    clutter: float  # amplitude of the smooth background
    noise: float  # standard deviation of the pixel noise
    cast: float  # largest strength of a coloured illumination


WEB = Look("web", 7.0, 0.15, (0.65, 0.92), 0.12, 0.45, 0.08, 0.03, 0.10)
TASK = Look("task", 10.0, 0.20, (0.60, 0.95), 0.16, 0.40, 0.12, 0.05, 0.15)

Renderer = Callable[[np.random.Generator, Labels, Look], Images]


class Grid(NamedTuple):
    """Object coordinates of every pixel."""

    x: Plane
    y: Plane

    def pick(self, chosen: NDArray[np.bool_]) -> "Grid":
        """The coordinates of the chosen images only."""
        return Grid(self.x[chosen], self.y[chosen])


def uniform(
    rng: np.random.Generator, low: float, high: float, shape: int | tuple[int, ...]
) -> Plane:
    """Uniform float32 numbers in [low, high)."""
    return np.float32(low) + np.float32(high - low) * rng.random(shape, dtype=np.float32)


def per_image(values: NDArray[Any]) -> Plane:
    """Reshape one number per image so that it broadcasts over planes: [N, 1, 1]."""
    return values.astype(np.float32)[:, None, None]


def warped_grid(rng: np.random.Generator, count: int, look: Look, turn: float = 1.0) -> Grid:
    """Random affine placements of the object; `turn` multiplies the look's rotation."""
    axis = (np.arange(SIZE, dtype=np.float32) + 0.5) * (2 / SIZE) - 1
    x = axis[None, None, :] - uniform(rng, -look.shift, look.shift, (count, 1, 1))
    y = -axis[None, :, None] - uniform(rng, -look.shift, look.shift, (count, 1, 1))
    angle = np.deg2rad(uniform(rng, -turn * look.rotation, turn * look.rotation, (count, 1, 1)))
    shear = uniform(rng, -look.shear, look.shear, (count, 1, 1))
    scale = uniform(rng, *look.scale, (count, 1, 1))
    turned_x = (np.cos(angle) * x + np.sin(angle) * y) / scale
    turned_y = (np.cos(angle) * y - np.sin(angle) * x) / scale
    return Grid(turned_x + shear * turned_y, turned_y)


def coverage(distance: Plane, softness: float = 0.09) -> Plane:
    """Mask of a shape from its signed distance, negative inside; the edge is `softness` wide."""
    return np.clip(0.5 - distance / np.float32(softness), 0, 1)


def smooth_field(rng: np.random.Generator, count: int, cells: int) -> Plane:
    """Smooth noise of about unit amplitude, with `cells` random knots along each side."""
    knots = rng.standard_normal((count, cells, cells), dtype=np.float32)
    position = np.linspace(0, cells - 1, SIZE, dtype=np.float32)
    offset = np.abs(position[:, None] - np.arange(cells, dtype=np.float32))
    weights = 0.5 + 0.5 * np.cos(np.pi * np.minimum(offset, 1))
    return weights @ knots @ weights.T


def brightness(colours: Plane) -> Plane:
    """Perceived brightness of RGB colours [..., 3] (ITU-R BT.601 weights)."""
    return colours @ np.array([0.299, 0.587, 0.114], dtype=np.float32)


def random_colours(rng: np.random.Generator, shape: tuple[int, ...]) -> Plane:
    """RGB colours [*shape, 3]: any brightness, with muted hues."""
    grey = uniform(rng, 0, 1, (*shape, 1))
    colours: Plane = np.clip(grey + uniform(rng, -0.25, 0.25, (*shape, 3)), 0, 1)
    return colours


def contrasting_colours(
    rng: np.random.Generator, count: int, contrast: float
) -> tuple[Plane, Plane]:
    """Random colours [N, 3] of ground and ink; the ink is brighter, by `contrast` at least.

    Ink of either polarity would be more varied, but a backbone this small would not learn it.
    """
    pairs = random_colours(rng, (2, count))
    while True:
        close = np.abs(np.diff(brightness(pairs), axis=0)[0]) < contrast
        if not close.any():
            break
        pairs[:, close] = random_colours(rng, (2, int(close.sum())))
    order = np.argsort(brightness(pairs), axis=0)
    ground, ink = np.take_along_axis(pairs, order[..., None], axis=0)
    return ground, ink


def background(rng: np.random.Generator, colours: Plane, look: Look) -> Plane:
    """Canvases in the given colours [N, 3], with smooth clutter in a random tint each."""
    count = len(colours)
    tint = uniform(rng, -1, 1, (count, 1, 1, 3))
    clutter = np.float32(look.clutter) * smooth_field(rng, count, 5)[..., None] * tint
    return colours[:, None, None, :] + clutter


def paint(canvas: Plane, mask: Plane, colours: Plane) -> Plane:
    """Lay one colour [N, 3] per image over the canvases where the masks are 1."""
    return canvas + mask[..., None] * (colours[:, None, None, :] - canvas)


def finish(rng: np.random.Generator, canvas: Plane, look: Look) -> Images:
    """Add illumination and pixel noise, and round to uint8."""
    light = 1 + uniform(rng, -look.cast, look.cast, (len(canvas), 1, 1, 3))
    noise = np.float32(look.noise) * rng.standard_normal(canvas.shape, dtype=np.float32)
    return np.rint(255 * np.clip(canvas * light + noise, 0, 1)).astype(np.uint8)


def compose(rng: np.random.Generator, mask: Plane, look: Look) -> Images:
    """Images of one object each: the mask in a random colour on a contrasting background."""
    ground, ink = contrasting_colours(rng, len(mask), look.contrast)
    return finish(rng, paint(background(rng, ground, look), mask, ink), look)
