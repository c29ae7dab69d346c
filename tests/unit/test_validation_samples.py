"""Training images that are kept back: drawn by name, and never trained on."""

import numpy as np
import pytest
from small_training import colour_data, train

from mergeability.datasets.calibration import draw_calibration
from mergeability.datasets.splits import Split, read_split, write_split
from mergeability.datasets.validation import draw_validation, read_training, write_validation

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 60


@pytest.fixture
def split():
    """Every pixel of an image is the number of its row, which is its label too."""
    rows = np.arange(SIZE)
    return Split(np.ones((SIZE, 4, 4, 3), np.uint8) * rows[:, None, None, None].astype("u1"), rows)


def keep_back(split, folder, samples=20, task="greek"):
    """Files of the split and of its validation samples."""
    paths = folder / "train.safetensors", folder / "validation.safetensors"
    write_split(paths[0], split.examples, split.labels)
    write_validation(paths[1], split, draw_validation(split, task, samples, seed=0))
    return paths


def test_the_choice_depends_on_seed_and_name_alone(split):
    rows = draw_validation(split, "greek", 20, seed=0).tolist()
    assert rows == sorted(set(rows))
    assert rows == draw_validation(split, "greek", 20, seed=0).tolist()
    assert rows != draw_validation(split, "latin", 20, seed=0).tolist()
    assert rows != draw_validation(split, "greek", 20, seed=1).tolist()


def test_what_is_kept_back_and_what_is_left_make_up_the_split(split, tmp_path):
    train_file, validation_file = keep_back(split, tmp_path)
    validation, rest = read_split(validation_file), read_training(train_file, validation_file)
    assert sorted([*validation.labels, *rest.labels]) == list(range(SIZE))
    for part in (validation, rest):
        pixels = part.examples[np.arange(len(part.labels))][:, 0, 0, 0]
        assert pixels.tolist() == part.labels.tolist()


def test_without_validation_samples_the_split_is_whole(split, tmp_path):
    train_file, _ = keep_back(split, tmp_path)
    assert read_training(train_file).labels.tolist() == list(range(SIZE))


def test_calibration_samples_are_drawn_from_the_rest(split, tmp_path):
    files = keep_back(split, tmp_path, samples=30)
    kept_back = set(read_split(files[1]).labels)
    drawn = draw_calibration(read_training(*files), "greek", 30, seed=0)
    assert kept_back.isdisjoint(drawn.labels)
    np.testing.assert_array_equal(drawn.examples[:, 0, 0, 0], drawn.labels)


class RecordedImages:
    """Images that remember what was asked for."""

    def __init__(self, images):
        self.images, self.asked = images, set()

    def __len__(self):
        return len(self.images)

    def __getitem__(self, rows):
        self.asked |= set(np.arange(len(self))[rows].tolist())
        return self.images[rows]


def test_training_never_sees_what_is_kept_back_and_sees_all_the_rest(tmp_path, monkeypatch):
    images, labels = colour_data()
    files = keep_back(Split(images, labels), tmp_path, samples=32)
    rest = read_training(*files)
    recorded = RecordedImages(rest.examples._examples)
    monkeypatch.setattr(rest.examples, "_examples", recorded)
    train(tuple(rest), samples_seen=None, epochs=1)
    kept_back = set(draw_validation(Split(images, labels), "greek", 32, seed=0).tolist())
    assert recorded.asked == set(range(96)) - kept_back


def test_images_that_stay_encoded_are_not_decoded_before_they_are_taken(split):
    class Encoded(RecordedImages):
        pass

    encoded = Encoded(split.examples)
    rows = draw_validation(Split(encoded, split.labels), "greek", 20, seed=0)
    assert encoded.asked == set()
    assert len(rows) == 20


def test_keeping_back_everything_is_refused(split):
    with pytest.raises(ValueError, match=r"'greek' has 60 .* leave none to train on; lower it"):
        draw_validation(split, "greek", SIZE, seed=0)


def test_samples_of_another_split_are_refused(split, tmp_path):
    _, validation_file = keep_back(split, tmp_path)
    smaller = tmp_path / "smaller.safetensors"
    write_split(smaller, split.examples[:50], split.labels[:50])
    with pytest.raises(ValueError, match=r"drawn from 60 examples, but .*smaller.* has 50; delete"):
        read_training(smaller, validation_file)
