import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mergeability.datasets.catalog import BENCHMARKS, task_names
from mergeability.datasets.hub.task import SplitSource, read_task, task_files

ROOT = Path(__file__).parents[2]
FILES = task_files(ROOT / "config" / "tasks")

# The published benchmark: name, classes, epochs, prompts.
TASKS = """
SUN397 397 14 2, Cars 196 35 8, RESISC45 45 15 18, EuroSAT 10 12 3, SVHN 10 4 1, GTSRB 43 11 3,
MNIST 10 5 1, DTD 47 76 8, Flowers102 102 147 1, PCAM 2 1 1, FER2013 7 10 6,
OxfordIIITPet 37 82 1, STL10 11 6 2, CIFAR100 100 6 18, CIFAR10 11 6 18, Food101 101 4 1,
FashionMNIST 10 5 2, EMNIST 10 2 1, KMNIST 10 5 1, RenderedSST2 2 39 1
"""

VALID = {
    "repository": "maker/things",
    "splits": {"train": {"files": "data/train-*"}, "test": {"files": "data/test-*", "rows": 3}},
    "classes": 2,
    "epochs": 1,
    "prompts": ["a photo of a {}."],
}


def written(folder: Path, **changes: object) -> Path:
    """A task file with some keys changed; None removes one."""
    content = {key: value for key, value in {**VALID, **changes}.items() if value is not None}
    path = folder / "Things.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_published_benchmark_is_there():
    found = [
        (name, task.classes, task.epochs, len(task.prompts))
        for name, task in ((name, read_task(path)) for name, path in FILES.items())
    ]
    wanted = [entry.split() for entry in TASKS.split(",")]
    assert sorted(found) == sorted((name, *map(int, numbers)) for name, *numbers in wanted)
    assert task_names({"source": "hub", "folder": ROOT / "config" / "tasks"}) == tuple(FILES)
    assert set(BENCHMARKS["N20"]) == set(FILES)


@pytest.mark.parametrize(
    ("task", "label", "name"),
    [
        ("RESISC45", 0, "airplane"),
        ("RESISC45", 13, "forest"),
        ("RESISC45", 18, "industrial area"),
        ("RESISC45", 32, "river"),
        ("RESISC45", 44, "wetland"),
        ("STL10", 1, "bird"),
        ("STL10", 2, "automobile"),
        ("STL10", 7, "monkey"),
        ("CIFAR10", 6, "frog"),
        ("CIFAR10", 8, "ship"),
    ],
)
def test_labels_of_the_dataset_get_the_published_classes(task, label, name):
    read = read_task(FILES[task])
    assert read.class_names[read.label_map[label]] == name


@pytest.mark.parametrize(("task", "never"), [("STL10", "frog"), ("CIFAR10", "monkey")])
def test_the_union_of_two_tasks_has_one_class_that_never_occurs(task, never):
    read = read_task(FILES[task])
    assert {read.class_names[label] for label in read.label_map} == {*read.class_names} - {never}


def test_what_is_not_said_has_its_default(tmp_path):
    task = read_task(written(tmp_path))
    assert task.name == "Things"
    assert (task.columns.image, task.columns.label) == ("image", "label")
    assert task.splits == {
        "train": SplitSource("data/train-*"),
        "test": SplitSource("data/test-*", 3),
    }
    assert (task.revision, task.class_names, task.label_map) == (None, None, None)
    assert task.orientation == "as_stored"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"repository": None}, "Things.yaml: key 'repository' is missing"),
        ({"epoch": 3}, "Things.yaml: unknown key 'epoch'; allowed: class_names, classes"),
        ({"splits": {"train": {"files": "a"}}}, "splits: key 'test' is missing"),
        ({"splits": {**VALID["splits"], "test": "a"}}, "splits.test: 'a' is not allowed"),
        ({"splits": {**VALID["splits"], "test": {"files": "a", "rows": 0}}}, "splits.test.rows: 0"),
        ({"classes": True}, "classes: True is not allowed; expected a whole number"),
        ({"prompts": []}, r"prompts: \[\] is not allowed; expected a list that is not empty"),
        ({"prompts": ["a {}", "a {}"]}, "prompts: 'a {}' is not allowed; expected no text twice"),
        (
            {"prompts": ["a photo"]},
            "prompts: 'a photo' is not allowed; expected a text with one {}",
        ),
        ({"prompts": ["{} or {}"]}, "expected a text with one {}"),
        ({"prompts": ["a {} {name}"]}, "expected a text with one {}"),
        ({"class_names": ["a"]}, "class_names: 1 is not allowed; expected 2 names, as `classes`"),
        ({"class_names": ["a", True]}, "class_names: True is not allowed; expected a text"),
        ({"label_map": [1, 0]}, "class_names: None is not allowed; expected a list, since"),
        ({"class_names": ["a", "b"], "label_map": [0, 2]}, "label_map: .* classes from 0 to 1"),
        ({"class_names": ["a", "b"], "label_map": [0, 0]}, "label_map: .* different whole numbers"),
        ({"orientation": "rotate"}, "orientation: 'rotate' is not allowed; expected one of"),
        ({"columns": {"picture": "a"}}, "columns: unknown key 'picture'; allowed: image, label"),
    ],
)
def test_mistakes_are_named_with_file_and_key(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        read_task(written(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "- a", "a: [", "just text"])
def test_what_is_no_task_file_is_refused(tmp_path, text):
    (tmp_path / "Things.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"Things\.yaml"):
        read_task(tmp_path / "Things.yaml")


def test_names_of_files_are_names_of_tasks(tmp_path):
    (tmp_path / "a__b.yaml").write_text("")
    with pytest.raises(ValueError, match="task name 'a__b'"):
        task_files(tmp_path)


def test_a_folder_without_tasks_is_named(tmp_path):
    with pytest.raises(ValueError, match=f"no task files .* in {tmp_path}"):
        task_names({"source": "hub", "folder": tmp_path})


def test_names_of_tasks_cost_no_heavy_import():
    heavy = {"torch", "pandas", "scipy", "pyarrow", "huggingface_hub", "numpy"}
    code = "import sys, mergeability.datasets.catalog; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "workflow" / "scripts",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert heavy.isdisjoint(loaded)
