"""The one task of real images: scikit-learn's handwritten digits, enlarged and coloured."""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from mergeability.datasets.tiny.canvas import TASK, Images, Labels, compose, warped_grid
from mergeability.datasets.tiny.glyphs import sample_cells
from mergeability.naming import stable_seed

TRAIN_SIZE = 1200


def digit_indices(split: str, seed: int) -> NDArray[np.int64]:
    """Which of the 1,797 digits belong to `split`; "train" and "test" share none."""
    rng = np.random.default_rng(stable_seed("digits_hand", "partition", seed))
    order = rng.permutation(1797)
    return order[:TRAIN_SIZE] if split == "train" else order[TRAIN_SIZE:]


def render_digits(rng: np.random.Generator, split: str, seed: int) -> tuple[Images, Labels]:
    """Every digit of `split` once, in the look of the tasks."""
    digits = load_digits()
    chosen = digit_indices(split, seed)
    # With a margin, handwritten digits are about as large as printed ones.
    cells = np.pad(digits.images[chosen].astype(np.float32) / 16, ((0, 0), (1, 1), (1, 1)))
    mask = sample_cells(cells, warped_grid(rng, len(chosen), TASK))
    return compose(rng, mask, TASK), digits.target[chosen].astype(np.int64)
