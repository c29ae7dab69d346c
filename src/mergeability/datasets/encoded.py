"""Images that stay encoded until somebody looks at them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mergeability.datasets.preprocessing import Preprocessing

Result = TypeVar("Result")


class EncodedImages:
    """Looks like an array of images uint8 [N, S, S, 3], and decodes the rows that are asked for.

    Image i is `encoded[offsets[i] : offsets[i + 1]]`. `source` is named in errors.
    """

    def __init__(
        self,
        encoded: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        preprocessing: Preprocessing,
        source: str,
        threads: int,
    ) -> None:
        self._encoded, self._offsets, self._source = encoded, offsets, source
        self._preprocessing = preprocessing
        self._pool = ThreadPoolExecutor(threads)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, index: slice | NDArray[np.integer]) -> NDArray[np.uint8]:
        """Images [B, S, S, 3] of a slice or an array of rows; `ValueError` for a broken image."""
        rows = np.arange(len(self))[index]
        files = [
            self._encoded[self._offsets[row] : self._offsets[row + 1]].tobytes() for row in rows
        ]
        size = self._preprocessing.image_size
        images = np.empty((len(rows), size, size, 3), np.uint8)
        decoded = for_each(self._pool, self._preprocessing, files, rows.tolist(), self._source)
        for image, pixels in zip(images, decoded, strict=True):
            image[:] = pixels
        return images


def for_each(
    pool: ThreadPoolExecutor,
    function: Callable[[bytes], Result],
    files: Sequence[bytes],
    rows: Sequence[int],
    source: str,
) -> list[Result]:
    """`function` of every encoded image; a `ValueError` gets `source` and row of the image."""

    def apply(encoded: bytes, row: int) -> Result:
        try:
            return function(encoded)
        except ValueError as error:
            raise ValueError(f"{source}: image {row} {error}") from error

    return list(pool.map(apply, files, rows))
