"""Whatever mode an image file has, its 8-bit colours are seen, or it is refused."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from mergeability.datasets.encoded import for_each
from mergeability.datasets.preprocessing import Preprocessing, open_image

COLOURS = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8).repeat(8, 0).repeat(8, 1)
GREY = COLOURS[..., 0]


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def sixteen_bits(form: str, order: str = "<", scale: int = 257) -> bytes:
    pixels = (GREY.astype(np.uint16) * scale).astype(f"{order}u2")
    return saved(Image.fromarray(pixels), form)


def seen(encoded: bytes) -> np.ndarray:
    return Preprocessing(32, transpose=False)(encoded).astype(int)


@pytest.mark.parametrize(
    ("form", "order"),
    [("PNG", "<"), ("PNG", ">"), ("TIFF", "<"), ("TIFF", ">"), ("PPM", "<"), ("JPEG2000", "<")],
)
def test_sixteen_bit_greys_look_like_those_of_eight_bits(form: str, order: str) -> None:
    encoded = sixteen_bits(form, order)
    np.testing.assert_array_equal(open_image(encoded), GREY)
    np.testing.assert_array_equal(seen(encoded), seen(saved(Image.fromarray(GREY), "PNG")))


def test_sixteen_bits_are_rounded_to_the_nearest_of_eight() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    got = np.asarray(open_image(saved(Image.fromarray(values), "PNG")))
    np.testing.assert_array_equal(got, np.rint(values / 257))


def test_tiffs_that_count_from_white_are_turned() -> None:
    encoded = bytearray(sixteen_bits("TIFF"))
    photometric = b"\x06\x01\x03\x00\x01\x00\x00\x00"  # the tag, a short, one of them
    encoded[encoded.index(photometric) + len(photometric)] = 0
    np.testing.assert_array_equal(open_image(bytes(encoded)), 255 - GREY)


@pytest.mark.parametrize(
    ("mode", "form"),
    [("PA", "TIFF"), ("LAB", "TIFF"), ("YCbCr", "TIFF"), ("P", "PNG")],
)
def test_colours_of_other_modes_are_scaled_as_colours(mode: str, form: str) -> None:
    image = Image.fromarray(COLOURS // 128 * 51 + 102)  # in Pillow's palette, and in all gamuts
    made = image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)
    encoded = saved(made, form)
    expected = np.asarray(open_image(encoded).convert("RGB"))
    assert np.abs(expected.astype(int) - np.asarray(image)).max() <= 4
    if mode != "P":  # which open_clip, and so this, scales by the nearest index
        near = seen(saved(Image.fromarray(expected), "PNG"))
        assert np.abs(seen(encoded) - near).max() <= 4


@pytest.mark.parametrize("transparency", [0, bytes([0, 255, 120])])
def test_transparency_in_palettes_changes_no_colour(transparency: int | bytes) -> None:
    image = Image.fromarray(COLOURS).convert("P")
    encoded = saved(image, "PNG", transparency=transparency)
    np.testing.assert_array_equal(seen(encoded), seen(saved(image, "PNG")))


@pytest.mark.parametrize(("mode", "form"), [("F", "TIFF"), ("F", "PPM"), ("I", "TIFF")])
def test_greys_without_a_known_white_are_refused_with_task_row_and_mode(
    mode: str, form: str
) -> None:
    encoded = saved(Image.fromarray(GREY).convert(mode), form)
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(ValueError, match=f"^task 'A', test: image 7 .*mode '{mode}'.*save the") as e,
    ):
        for_each(pool, open_image, [encoded], [7], "task 'A', test")
    assert "\n" not in str(e.value)
