import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from mergeability.files import (
    atomic_path,
    map_tensors,
    read_json,
    read_metadata,
    read_table,
    read_tensors,
    write_json,
    write_table,
    write_tensors,
)

WRITER = """
import sys, time
from mergeability.files import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text(sys.argv[2])
    print(temporary, flush=True)
    sys.stdin.read()
"""


@contextmanager
def writer(target, content):
    """Another process that has begun to write, and ends when its input does."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(target), content],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, Path(process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()


def test_two_processes_that_write_one_file_leave_each_other_alone(tmp_path):
    target = tmp_path / "a.json"
    with writer(target, "first") as (first, begun), writer(target, "second") as (second, other):
        write_json(target, {})
        assert begun.read_text() == "first"
        assert other.read_text() == "second"
        for process, content in ((second, "second"), (first, "first")):
            process.communicate()
            assert process.returncode == 0
            assert target.read_text() == content
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_process_left_is_removed_and_other_targets_are_kept(tmp_path):
    with writer(tmp_path / "a.json", "half") as (process, left):
        with writer(tmp_path / "a.b.json", "half") as (other, others):
            other.kill()
        process.kill()
        process.communicate()
        assert left.exists()
        write_json(tmp_path / "a.json", {})
    assert sorted(tmp_path.iterdir()) == [others, tmp_path / "a.json"]


def test_what_another_machine_left_is_removed_once_it_is_old(tmp_path):
    young, old = (tmp_path / f".a.{'0' * 12}-{n}-{'0' * 32}.partial.json" for n in (1, 2))
    for path in (young, old):
        path.write_text("{")
    os.utime(old, (0, 0))
    write_json(tmp_path / "a.json", {})
    assert sorted(tmp_path.iterdir()) == [young, tmp_path / "a.json"]


def test_failure_leaves_the_old_file_and_no_partial_one(tmp_path):
    target = tmp_path / "result.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_tensors_round_trip_with_shapes_types_and_metadata(tmp_path):
    tensors = {
        "scalar": np.array(2.5, dtype=np.float32),
        "transposed": np.arange(6, dtype=np.int64).reshape(2, 3).T,
    }
    write_tensors(tmp_path / "t.safetensors", tensors, {"task": "greek", "rank": 3})
    back = read_tensors(tmp_path / "t.safetensors")
    for name, array in tensors.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
    assert read_metadata(tmp_path / "t.safetensors") == {"task": "greek", "rank": 3}


def test_equal_content_gives_equal_bytes(tmp_path):
    tensors = {"b": np.ones(3), "a": np.zeros((2, 2), dtype=np.float32)}
    metadata = {str(i): i for i in range(20)}
    write_tensors(tmp_path / "1", tensors, metadata)
    write_tensors(tmp_path / "2", dict(reversed(tensors.items())), dict(reversed(metadata.items())))
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_only_the_named_part_is_read(tmp_path):
    write_tensors(tmp_path / "t", {"x/a": np.ones(1), "x/b": np.ones(2), "y/a": np.ones(3)})
    assert {name: len(array) for name, array in read_tensors(tmp_path / "t", "x/").items()} == {
        "a": 1,
        "b": 2,
    }


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_non_finite_tensors_are_refused_by_name(tmp_path, bad):
    write_tensors(tmp_path / "t", {"fine": np.ones(2), "broken": np.array([1.0, bad])})
    with pytest.raises(ValueError, match=r"t: tensor 'broken' holds NaN"):
        read_tensors(tmp_path / "t")


def test_json_refuses_nan_and_names_a_broken_file(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"r": float("nan")})
    assert not list(tmp_path.iterdir())
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(ValueError, match=r"x\.json: not valid JSON"):
        read_json(tmp_path / "x.json")


def test_tables_round_trip(tmp_path):
    rows = [{"metric": "a", "value": 0.1}, {"metric": "b", "value": -2.0}]
    write_table(tmp_path / "t.parquet", rows)
    assert read_table(tmp_path / "t.parquet") == rows


def test_mapped_tensors_are_what_is_read_and_cannot_be_changed(tmp_path):
    tensors = {
        "x/images": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        "x/norm": np.array(2.5),
        "x/labels": np.array([3, 1]),
        "y/other": np.ones(3, dtype=np.float32),
    }
    write_tensors(tmp_path / "t", tensors, {"note": 1})
    mapped, read = map_tensors(tmp_path / "t", "x/"), read_tensors(tmp_path / "t", "x/")
    assert mapped.keys() == read.keys()
    for name, array in read.items():
        np.testing.assert_array_equal(mapped[name], array)
        assert mapped[name].dtype == array.dtype
        with pytest.raises(ValueError, match="read-only"):
            mapped[name][...] = 0


def test_a_truncated_file_is_named(tmp_path):
    write_tensors(tmp_path / "t", {"a": np.ones(1000)})
    (tmp_path / "t").write_bytes((tmp_path / "t").read_bytes()[:-8])
    for read in (map_tensors, read_tensors, read_metadata):
        with pytest.raises(ValueError, match=f"{tmp_path / 't'}: not a whole safetensors file"):
            read(tmp_path / "t")
