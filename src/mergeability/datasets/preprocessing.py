"""From the bytes of an image file to the pixels that an encoder sees."""

from io import BytesIO
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray
from open_clip import image_transform
from PIL import Image, ImageOps
from torchvision.transforms import ToTensor  # type: ignore[import-untyped]


class Preprocessing:
    """open_clip's transform of test images, up to where pixels become floating-point numbers.

    `backbones.architecture.normalize_images` does the rest, bit for bit as open_clip does: the
    shorter side is scaled to `image_size` (bicubic), the centre cropped, and the mode made RGB.
    With `transpose`, rows and columns change places at the end.
    """

    def __init__(self, image_size: int, transpose: bool) -> None:
        steps = image_transform(image_size, is_train=False).transforms
        self._steps = list(takewhile(lambda step: not isinstance(step, ToTensor), steps))
        self.image_size = image_size
        self.transpose = transpose

    def __call__(self, encoded: bytes) -> NDArray[np.uint8]:
        """Pixels [S, S, 3] of an encoded image; raises `ValueError` as `open_image` does."""
        image = open_image(encoded)
        for step in self._steps:
            image = step(image)
        pixels = np.asarray(image)
        return pixels.swapaxes(0, 1) if self.transpose else pixels


def open_image(encoded: bytes) -> Image.Image:
    """Decode an image file, turned upright as its EXIF data say.

    Raises `ValueError` for what is no image, or not a whole one.
    """
    try:
        image = Image.open(BytesIO(encoded))
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"cannot be decoded ({error})") from error
    return image
