"""From the bytes of an image file to the pixels that an encoder sees."""

from io import BytesIO
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torchvision.transforms import ToTensor  # type: ignore[import-untyped]

from mergeability.backbones.light_open_clip import image_transform

# Modes that open_clip's transform scales and converts as they are.
_READY = {"1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}
# Modes whose numbers are no amounts of light: scaling would mix indices, or angles of hue.
_CONVERTED = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA", "LAB": "RGB", "HSV": "RGB"}
_SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N"}
_BITS, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # tags of TIFF, and a value


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
    """Decode an image file, turned upright as its EXIF data say, with 8 bits per channel.

    16-bit greys are divided by 257 and rounded. Raises `ValueError` for what is no image, or not a
    whole one, and for other greys of more than 8 bits: no file says which value is white.
    """
    try:
        image = Image.open(BytesIO(encoded))
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"cannot be decoded ({error})") from error
    return _with_eight_bits(image)


def _with_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in _READY:
        return image
    if image.mode in _CONVERTED:
        return image.convert(_CONVERTED[image.mode])
    if image.mode in _SIXTEEN_BITS or (image.mode, image.format) == ("I", "PPM"):
        tags = getattr(image, "tag_v2", {})
        white = 2 ** tags.get(_BITS, (16,))[0] - 1
        grey = (np.asarray(image).astype(np.int64) * 255 + white // 2) // white
        if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
            grey = 255 - grey
        return Image.fromarray(grey.astype(np.uint8))
    raise ValueError(
        f"has mode {image.mode!r} ({image.format}), in which no value is known to be white; save "
        "the images with 8 or 16 bits per channel"
    )
