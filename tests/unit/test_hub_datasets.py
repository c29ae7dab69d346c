import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pyarrow as pa
import pytest
import torch
from hub_server import LocalHub, encode_image, parquet_bytes, random_images
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import functional

from mergeability.backbones.architecture import normalize_images
from mergeability.datasets.calibration import draw_calibration
from mergeability.datasets.hub.download import download_task
from mergeability.datasets.hub.images import (
    class_names,
    downloaded_files,
    labels_of,
    write_test_split,
    write_train_split,
)
from mergeability.datasets.hub.task import SplitSource, Task
from mergeability.datasets.preprocessing import Preprocessing
from mergeability.datasets.splits import read_split
from mergeability.files import read_metadata, read_tensors, write_tensors
from mergeability.streaming import stream_tensors

pytestmark = pytest.mark.usefixtures("hub")

SIZE = 32
NAMES = ("heron", "owl", "finch")
TRAIN, TEST = random_images(0, 21), random_images(1, 9)
TRAIN_LABELS, TEST_LABELS = [i % 3 for i in range(21)], [i % 3 for i in range(9)]
BIRDS = Task(
    name="Birds",
    repository="maker/birds",
    splits={"train": SplitSource("data/train-*"), "test": SplitSource("data/test-*", 9)},
    classes=3,
    epochs=1,
    prompts=("a photo of a {}.",),
)
MEAN_STD = {"image_mean": open_clip.OPENAI_DATASET_MEAN, "image_std": open_clip.OPENAI_DATASET_STD}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    with LocalHub() as hub:
        add_birds(hub)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def add_birds(hub: LocalHub, **files: bytes) -> None:
    """The dataset in three files, some replaced."""
    content = {
        "train_0": parquet_bytes(TRAIN[:10], TRAIN_LABELS[:10], NAMES),
        "train_1": parquet_bytes(TRAIN[10:], TRAIN_LABELS[10:], NAMES),
        "test_0": parquet_bytes(TEST, TEST_LABELS, NAMES),
        **files,
    }
    named = {f"data/{name.replace('_', '-')}.parquet": data for name, data in content.items()}
    hub.add("maker/birds", "dataset", {"README.md": b"Birds.", **named})


def prepare(folder: Path, task: Task = BIRDS) -> Path:
    """Both splits of a task, from the hub into `folder`."""
    files = downloaded_files(download_task(task, folder / "cache"), folder / "cache")
    class_names(task, files)
    write_test_split(folder / "test.safetensors", task, files, SIZE, threads=2)
    write_train_split(folder / "train.safetensors", task, files, SIZE, threads=2)
    return folder


def by_open_clip(encoded: bytes) -> torch.Tensor:
    """What open_clip's own transform makes of an image file."""
    with Image.open(io.BytesIO(encoded)) as image:
        return open_clip.image_transform(SIZE, is_train=False)(image)


def test_both_splits_are_what_open_clip_sees(tmp_path):
    prepare(tmp_path)
    for name, encoded, labels in (("train", TRAIN, TRAIN_LABELS), ("test", TEST, TEST_LABELS)):
        split = read_split(tmp_path / f"{name}.safetensors")
        assert split.labels.tolist() == labels
        assert len(split.examples) == len(labels)
        expected = torch.stack([by_open_clip(image) for image in encoded])
        assert torch.equal(normalize_images(split.examples[:], MEAN_STD), expected)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "LA", "P", "RGBA", "CMYK"])
@pytest.mark.parametrize("shape", [(47, 31), (20, 71), (32, 32)])
def test_preprocessing_is_bit_equal_to_that_of_open_clip(mode, shape):
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    for form in ("PNG", "JPEG"):
        if form == "JPEG" and mode not in {"RGB", "L", "CMYK"}:
            continue
        if form == "PNG" and mode == "CMYK":
            continue
        encoded = encode_image(pixels, form, mode)
        got = Preprocessing(SIZE, transpose=False)(encoded)
        assert torch.equal(normalize_images(got[None], MEAN_STD)[0], by_open_clip(encoded))


def test_transposing_is_rotating_and_mirroring_after_the_transform():
    (encoded,) = random_images(3, 1)
    got = Preprocessing(SIZE, transpose=True)(encoded)
    published = functional.hflip(functional.rotate(by_open_clip(encoded), -90))
    assert torch.equal(normalize_images(got[None].copy(), MEAN_STD)[0], published)


def test_images_are_turned_upright_as_their_camera_says():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", exif=exif)
    expected = Preprocessing(SIZE, transpose=False)(encode_image(np.rot90(pixels, -1).copy()))
    np.testing.assert_array_equal(Preprocessing(SIZE, False)(file.getvalue()), expected)


def test_training_images_can_be_taken_like_rows_of_an_array(tmp_path):
    images = read_split(prepare(tmp_path) / "train.safetensors").examples
    everything = images[:]
    rows = np.array([20, 3, 3, 0])
    np.testing.assert_array_equal(images[rows], everything[rows])
    np.testing.assert_array_equal(images[4:9:2], everything[4:9:2])
    assert images[np.array([], dtype=int)].shape == (0, SIZE, SIZE, 3)
    with pytest.raises(IndexError):
        images[np.array([21])]


def test_calibration_samples_of_encoded_images_are_images(tmp_path):
    train = read_split(prepare(tmp_path) / "train.safetensors")
    drawn = draw_calibration(train, "Birds", samples=5, seed=0)
    assert drawn.examples.shape == (5, SIZE, SIZE, 3)
    assert drawn.examples.dtype == np.uint8


def test_equal_downloads_give_equal_bytes(tmp_path):
    first, second = prepare(tmp_path / "1"), prepare(tmp_path / "2")
    for name in ("train", "test"):
        path = f"{name}.safetensors"
        assert (first / path).read_bytes() == (second / path).read_bytes()


def test_the_manifest_says_what_came(hub, tmp_path):
    manifest = download_task(BIRDS, tmp_path)
    assert manifest["repository"] == "maker/birds"
    assert len(manifest["revision"]) == 40
    assert [(f["split"], f["name"], f["rows"]) for f in manifest["files"]] == [
        ("train", "data/train-0.parquet", 10),
        ("train", "data/train-1.parquet", 11),
        ("test", "data/test-0.parquet", 9),
    ]
    assert all((tmp_path / f["path"]).stat().st_size == f["size"] for f in manifest["files"])
    assert json.loads(json.dumps(manifest)) == manifest
    assert hub.fetched("README") == 0


def test_names_come_from_the_task_file_or_the_dataset(tmp_path):
    files = downloaded_files(download_task(BIRDS, tmp_path), tmp_path)
    assert class_names(BIRDS, files) == list(NAMES)
    assert class_names(replace(BIRDS, class_names=("a", "b", "c")), files) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("chosen", "label_map"),
    [
        (("Heron", "grey owl", "finch"), None),  # other spellings, other names
        (("finch", "heron", "crow", "owl"), (1, 3, 0)),
    ],
)
def test_a_task_may_rename_and_renumber_the_classes_of_its_dataset(tmp_path, chosen, label_map):
    files = downloaded_files(download_task(BIRDS, tmp_path), tmp_path)
    task = replace(BIRDS, classes=len(chosen), class_names=chosen, label_map=label_map)
    assert class_names(task, files) == list(chosen)


@pytest.mark.parametrize(
    ("stated", "chosen", "label_map"),
    [
        (NAMES, ("finch", "heron", "owl"), None),  # sorted
        (NAMES, ("heron", "Finch", "Owl"), None),
        (NAMES, ("owl", "magpie", "finch"), None),
        (NAMES, ("heron", "owl", "finch"), (0, 2, 1)),
        (("a", "A", "b"), ("A", "a", "b"), None),
        (("baseball_diamond", "sea", "?"), ("sea", "baseball diamond", "?"), None),
        (("+", "-", "?"), ("-", "+", "?"), None),
    ],
)
def test_class_names_in_another_order_than_the_dataset_are_refused(
    hub, tmp_path, stated, chosen, label_map
):
    add_birds(
        hub,
        train_0=parquet_bytes(TRAIN[:10], TRAIN_LABELS[:10], stated),
        train_1=parquet_bytes(TRAIN[10:], TRAIN_LABELS[10:]),  # states none
        test_0=parquet_bytes(TEST, TEST_LABELS, stated),
    )
    task = replace(BIRDS, class_names=chosen, label_map=label_map)
    message = r"^task 'Birds': label . is .*in the dataset's order .*, or say under label_map which"
    with pytest.raises(ValueError, match=message):
        prepare(tmp_path, task)


def test_labels_pass_through_the_label_map(tmp_path):
    files = downloaded_files(download_task(BIRDS, tmp_path), tmp_path)
    mapped = replace(BIRDS, classes=4, class_names=tuple("abcd"), label_map=(3, 0, 2))
    expected = [(3, 0, 2)[label] for label in TEST_LABELS]
    labels = labels_of(mapped, "test", files["test"])
    assert labels.tolist() == expected
    assert labels.dtype == np.int64


def test_truth_values_are_labels_0_and_1(hub, tmp_path):
    labels = [False, True, True]
    hub.add(
        "maker/cells",
        "dataset",
        {
            f"data/{s}-0": parquet_bytes(TRAIN[:3], labels, None, ("jpg", "cls"))
            for s in BIRDS.splits
        },
    )
    cells = replace(
        BIRDS,
        repository="maker/cells",
        splits={s: SplitSource(f"data/{s}-*") for s in BIRDS.splits},
        classes=2,
        class_names=("healthy", "ill"),
        columns=type(BIRDS.columns)("jpg", "cls"),
    )
    assert read_split(prepare(tmp_path, cells) / "test.safetensors").labels.tolist() == [0, 1, 1]


def without(name: str):
    return lambda table: table.drop_columns([name])


MALFORMED = {
    "too few rows": (
        {"test_0": parquet_bytes(TEST[:8], TEST_LABELS[:8], NAMES)},
        "task 'Birds': split 'test' of maker/birds has 8 rows, expected 9; pin the revision",
    ),
    "no rows": (
        {n: parquet_bytes([], pa.array([], pa.int64()), NAMES) for n in ("train_0", "train_1")},
        "split 'train' of maker/birds has 0 rows, expected some",
    ),
    "a label beyond the classes": (
        {"test_0": parquet_bytes(TEST, [0, 1, 2, 7, 0, 1, 2, 0, 1], NAMES)},
        "task 'Birds', test: image 3 has label 7, expected 0 to 2; correct classes or label_map",
    ),
    "a negative label": (
        {"train_1": parquet_bytes(TRAIN[10:], [0] * 10 + [-1], NAMES)},
        "task 'Birds', train: image 20 has label -1, expected 0 to 2; the dataset hides its class; "
        "name a split with labels under splits.train",
    ),
    "a label that is missing": (
        {"train_0": parquet_bytes(TRAIN[:10], [0, 1, None, *[0] * 7], NAMES)},
        r"train-0.parquet: row 2 has no label; use another dataset or revision",
    ),
    "labels that are not whole": (
        {"train_0": parquet_bytes(TRAIN[:10], [0.0, float("nan"), *[0.0] * 8], NAMES)},
        "column 'label' has type double, not whole numbers or truth values; correct columns.label",
    ),
    "labels as texts": (
        {"train_0": parquet_bytes(TRAIN[:10], [NAMES[i] for i in TRAIN_LABELS[:10]])},
        "column 'label' has type string, .* if another column numbers the classes, else use a",
    ),
    "no column of labels": (
        {"test_0": parquet_bytes(TEST, TEST_LABELS, NAMES, ("image", "class"))},
        "test-0.parquet: there is no column 'label', only image, class; correct columns.label",
    ),
    "no column of images": (
        {"test_0": parquet_bytes(TEST, TEST_LABELS, NAMES, change=without("image"))},
        "test-0.parquet: there is no column 'image', only label; correct columns.image",
    ),
    "a column of something else": (
        {"train_0": parquet_bytes(TRAIN[:10], TRAIN_LABELS[:10], NAMES, ("other", "label"),
                                  lambda t: t.append_column("image", t["label"]))},
        "column 'image' has type int64, not images; correct columns.image",
    ),
    "an image that is missing": (
        {"train_1": parquet_bytes([*TRAIN[10:20], None], TRAIN_LABELS[10:], NAMES)},
        "train-1.parquet: row 10 has no image",
    ),
    "a training image that is cut off": (
        {"train_1": parquet_bytes([TRAIN[10][:-60], *TRAIN[11:]], TRAIN_LABELS[10:], NAMES)},
        "task 'Birds', train: image 10 cannot be decoded",
    ),
    "a test image that is none": (
        {"test_0": parquet_bytes([*TEST[:8], b"text"], TEST_LABELS, NAMES)},
        "task 'Birds', test: image 8 cannot be decoded",
    ),
    "a file that is cut off": (
        {"test_0": parquet_bytes(TEST, TEST_LABELS, NAMES)[:-50]},
        "not a whole Parquet file",
    ),
    "a file that is another": ({"train_0": b"hello"}, "not a whole Parquet file"),
    "no class names": (
        {
            "train_0": parquet_bytes(TRAIN[:10], TRAIN_LABELS[:10]),
            "train_1": parquet_bytes(TRAIN[10:], TRAIN_LABELS[10:]),
            "test_0": parquet_bytes(TEST, TEST_LABELS),
        },
        "task 'Birds': it states no class names; list them under class_names",
    ),
    "files that disagree": (
        {"test_0": parquet_bytes(TEST, TEST_LABELS, NAMES[::-1])},
        "task 'Birds': its files disagree on class names",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MALFORMED)
def test_malformed_datasets_are_refused_in_one_line_that_says_what_to_do(hub, tmp_path, mistake):
    files, message = MALFORMED[mistake]
    add_birds(hub, **files)
    with pytest.raises(ValueError, match=message):
        prepare(tmp_path)
    assert list(tmp_path.rglob("*.partial*")) == []


def test_another_number_of_classes_is_refused(tmp_path):
    with pytest.raises(
        ValueError, match="has 3 classes, but the task file says 4; correct classes"
    ):
        prepare(tmp_path, replace(BIRDS, classes=4))


def test_a_pattern_without_files_is_refused_with_those_there_are(tmp_path):
    wrong = replace(BIRDS, splits={**BIRDS.splits, "test": SplitSource("data/validation-*")})
    with pytest.raises(
        ValueError, match=r"'data/validation-\*'; correct splits.test.files; .*train-1"
    ):
        download_task(wrong, tmp_path)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_files_that_were_removed_or_changed_since_are_named(tmp_path, damage):
    manifest = download_task(BIRDS, tmp_path)
    damage(tmp_path / manifest["files"][1]["path"])
    with pytest.raises(ValueError, match=r"train-1.parquet: .* delete the manifest"):
        downloaded_files(manifest, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": np.array([0, 3, 3])}, "offsets do not divide"),
        ({"offsets": np.array([0, 2, 5])}, "offsets do not divide"),
        ({"labels": np.array([0])}, "2 examples, but labels have shape"),
        ({"labels": np.array([0, -1])}, "negative label -1"),
        ({"others": np.array([0])}, "found encoded, labels, offsets, others; delete the file"),
    ],
)
def test_encoded_splits_that_are_not_right_are_refused(tmp_path, change, message):
    tensors = {
        "encoded": np.zeros(4, np.uint8),
        "labels": np.array([0, 1]),
        "offsets": np.array([0, 1, 4]),
    }
    write_tensors(tmp_path / "a", {**tensors, **change}, {"image_size": 8, "transpose": False})
    with pytest.raises(ValueError, match=message):
        read_split(tmp_path / "a")


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(0, 2**32))
def test_a_streamed_file_reads_like_a_written_one(tmp_path_factory, lengths, seed):
    path = tmp_path_factory.mktemp("streamed") / "a.safetensors"
    rng = np.random.default_rng(seed)
    chunks = [rng.integers(0, 256, (length, 2, 3), dtype=np.uint8) for length in lengths]
    others = {"offsets": np.arange(5), "few": np.array([7], np.int32)}
    stream_tensors(path, "images", iter(chunks), lambda: others, {"a": 1})
    read = read_tensors(path)
    np.testing.assert_array_equal(read.pop("images"), np.concatenate(chunks))
    assert read.keys() == others.keys()
    assert all((read[name] == others[name]).all() for name in others)
    assert read_metadata(path) == {"a": 1}


def test_a_stream_that_breaks_leaves_nothing(tmp_path):
    def chunks():
        yield np.zeros((2, 3), np.uint8)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        stream_tensors(tmp_path / "a", "images", chunks(), dict, {})
    with pytest.raises(ValueError, match="nothing to write"):
        stream_tensors(tmp_path / "a", "images", iter(()), dict, {})
    assert list(tmp_path.iterdir()) == []
