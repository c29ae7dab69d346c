"""Tasks of the embedded tiny zoo: reproducible, complete, disjoint, and stored faithfully."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mergeability.datasets.catalog import TINY_TASKS, task_names
from mergeability.datasets.splits import read_split, write_split
from mergeability.datasets.tiny.canvas import TASK, Grid, brightness, contrasting_colours
from mergeability.datasets.tiny.captions import FAMILIES, generate_captioned, possible_captions
from mergeability.datasets.tiny.generate import generate_split
from mergeability.datasets.tiny.glyphs import sample_cells
from mergeability.datasets.tiny.handwriting import digit_indices
from mergeability.datasets.tiny.labels import TEMPLATES, class_names
from mergeability.naming import check_task_name

CHEAP = ("digits_hand", "grating", "arrows", "shapes")


def test_catalog_lists_twenty_well_named_tasks() -> None:
    names = task_names({"source": "tiny"})
    assert len(names) == 20
    assert [check_task_name(name) for name in names] == list(names)


@pytest.mark.parametrize("task", TINY_TASKS)
def test_split_has_the_promised_size_and_every_class(task: str) -> None:
    images, labels = generate_split(task, "test", seed=0)
    expected = TINY_TASKS[task]
    assert images.shape == (expected.test_size, 32, 32, 3)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert set(labels.tolist()) == set(range(expected.classes))
    assert len(set(class_names(task))) == expected.classes
    assert images.std(axis=(1, 2, 3)).min() > 0, "an image without content"


@pytest.mark.parametrize("task", CHEAP)
def test_split_depends_on_its_names_alone(task: str) -> None:
    first = generate_split(task, "test", seed=0)
    generate_split("faces", "test", seed=0)
    again = generate_split(task, "test", seed=0)
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()
    other_seed = generate_split(task, "test", seed=1)
    assert first[0].tobytes() != other_seed[0].tobytes()


@pytest.mark.parametrize("task", CHEAP)
def test_train_and_test_share_no_image(task: str) -> None:
    train, test = (generate_split(task, split, seed=0)[0] for split in ("train", "test"))
    assert len(train) == TINY_TASKS[task].train_size
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}


@pytest.mark.parametrize("seed", [0, 1])
def test_handwritten_digits_are_split_by_image(seed: int) -> None:
    train, test = digit_indices("train", seed), digit_indices("test", seed)
    assert (len(train), len(test)) == (1200, 597)
    assert sorted([*train, *test]) == list(range(1797))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown tiny task 'mnist'"):
        generate_split("mnist", "train", seed=0)
    with pytest.raises(ValueError, match="unknown split 'validation'"):
        generate_split("shapes", "validation", seed=0)


def test_ink_is_brighter_than_its_ground_by_the_contrast() -> None:
    ground, ink = contrasting_colours(np.random.default_rng(0), 500, TASK.contrast)
    assert (brightness(ink) - brightness(ground)).min() >= TASK.contrast - 1e-6
    assert min(ground.min(), ink.min()) >= 0
    assert max(ground.max(), ink.max()) <= 1


def test_cells_are_sampled_upright_and_end_at_their_border() -> None:
    cell = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    centres = (np.arange(4, dtype=np.float32) - 1.5) / 2
    grid = Grid(np.tile(centres, (1, 4, 1)), np.tile(-centres[:, None], (1, 1, 4)))
    np.testing.assert_allclose(sample_cells(cell, grid), cell, atol=1e-5)
    outside = Grid(np.full_like(grid.x, 3.0), grid.y)
    assert not sample_cells(cell, outside).any()


def test_captions_are_reproducible_and_mostly_name_the_class() -> None:
    images, captions = generate_captioned(seed=0, pairs=1900)
    again, same_captions = generate_captioned(seed=0, pairs=1900)
    assert len(images) == len(captions) == 1900
    assert images.tobytes() == again.tobytes()
    assert captions == same_captions
    assert set(captions) <= set(possible_captions())
    assert "digits_hand" not in FAMILIES

    exact = {template.format(name) for name in class_names("shapes") for template in TEMPLATES}
    start = list(FAMILIES).index("shapes") * 100
    share = np.mean([caption in exact for caption in captions[start : start + 100]])
    assert 0.75 < share < 1


def test_split_file_round_trip_is_exact_and_reproducible(tmp_path: Path) -> None:
    images, labels = generate_split("grating", "test", seed=0)
    write_split(tmp_path / "a.safetensors", images, labels)
    write_split(tmp_path / "b.safetensors", images, labels)
    split = read_split(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(split.examples, images)
    np.testing.assert_array_equal(split.labels, labels)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 4, 4, 3), np.float32), np.zeros(2, np.int64), "expected uint8 images"),
        (np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2, np.int32), "got int32"),
        (np.zeros((2, 3, 4, 4), np.uint8), np.zeros(2, np.int64), r"\[N, H, W, 3\]"),
        (np.zeros((2, 4, 4, 3), np.uint8), np.zeros(3, np.int64), "2 examples, but labels"),
        (np.zeros((0, 4, 4, 3), np.uint8), np.zeros(0, np.int64), "no examples"),
        (np.zeros((2, 4, 4, 3), np.uint8), np.array([0, -1]), "negative label -1"),
    ],
)
def test_invalid_splits_are_not_written(
    tmp_path: Path, images: NDArray[Any], labels: NDArray[Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_split(tmp_path / "split.safetensors", images, labels)
    assert not list(tmp_path.iterdir())
