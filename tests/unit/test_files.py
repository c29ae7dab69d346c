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


def test_leftovers_of_killed_jobs_are_removed_and_those_of_other_targets_kept(tmp_path):
    left = tmp_path / f".a.{'0' * 32}.partial.json"
    others = tmp_path / f".a.b.{'0' * 32}.partial.json"
    for path in (left, others):
        path.write_text("{")
    write_json(tmp_path / "a.json", {})
    assert sorted(tmp_path.iterdir()) == [others, tmp_path / "a.json"]


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
