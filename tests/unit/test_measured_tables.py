"""Plain tables of measurements: the same zoo as in the published layout, and mistakes in them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mergeability.measurements.folder import find_measurements
from mergeability.measurements.reader import read_measured_pairs, read_measured_sets
from mergeability.measurements.zero_shot import METRICS
from mergeability.metrics.registry import metric_names

PAIRS = """task_a,task_b,merger,accuracy_a,accuracy_b,note
cars,birds,tsv,0.8,0.45,fine
birds,dogs,tsv,0.5,,
birds,cars,ties,0.4,0.7,
"""
SINGLES = "task,accuracy\nbirds,0.5\ncars,0.8\ndogs,0.9\n"
SETS = """set,merger,task,accuracy
dogs__birds__cars,tsv,dogs,0.9
dogs__birds__cars,tsv,birds,0.4
dogs__birds__cars,tsv,cars,0.4
"""


@pytest.fixture
def entry(tmp_path):
    for name, text in {"pairs": PAIRS, "singles": SINGLES, "sets": SETS}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return {name: str(tmp_path / f"{name}.csv") for name in ("pairs", "singles", "sets")}


def test_pairs_have_both_directions_and_gaps(entry):
    found = find_measurements(entry, ("tsv",))
    assert found.tasks == ("birds", "cars", "dogs")
    table = read_measured_pairs(found, "tsv").set_index("pair")
    assert table.index.tolist() == ["birds__cars", "birds__dogs", "cars__dogs"]
    row = table.loc["birds__cars"]
    assert (row["normalized_accuracy_a"], row["normalized_accuracy_b"]) == pytest.approx((0.9, 1.0))
    assert row["normalized_accuracy"] == pytest.approx(0.95)
    assert table["accuracy"].isna().tolist() == [False, True, True]
    assert table.loc["birds__dogs", "accuracy_merged_a"] == 0.5


def test_sets_are_normalised_means(entry):
    sets = read_measured_sets(find_measurements(entry, ("tsv",)), "tsv")
    assert sets["set"].tolist() == ["birds__cars__dogs"]
    assert sets["normalized_accuracy"].iloc[0] == pytest.approx(np.mean([0.8, 0.5, 1.0]))


def test_parquet_says_the_same(entry, tmp_path):
    for name, path in entry.items():
        pd.read_csv(path).to_parquet(tmp_path / f"{name}.parquet")
    same = {name: path.replace(".csv", ".parquet") for name, path in entry.items()}
    frames = [read_measured_pairs(find_measurements(e, ("tsv",)), "tsv") for e in (entry, same)]
    pd.testing.assert_frame_equal(*frames)


def test_the_published_zoo_as_tables_is_the_published_zoo(shared_dir, tmp_path):
    about = {"folder": str(shared_dir / "reference/measurements"), "name": "ViT-B-16_AdamW"}
    published = read_measured_pairs(find_measurements(about, ("tsv",)), "tsv")
    columns = {"accuracy_merged_a": "accuracy_a", "accuracy_merged_b": "accuracy_b"}
    tidy = published[["task_a", "task_b", "merger", *columns]].rename(columns=columns)
    tidy.to_csv(tmp_path / "pairs.csv", index=False)
    singles = {
        row[f"task_{end}"]: row[f"accuracy_single_{end}"]
        for _, row in published.iterrows()
        for end in "ab"
    }
    pd.DataFrame({"task": singles.keys(), "accuracy": singles.values()}).to_csv(
        tmp_path / "singles.csv", index=False
    )
    entry = {name: str(tmp_path / f"{name}.csv") for name in ("pairs", "singles")}
    again = read_measured_pairs(find_measurements(entry, ("tsv",)), "tsv")
    pd.testing.assert_frame_equal(again, published[again.columns])


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        ("pairs", "accuracy_b", "other", "lacks the columns accuracy_b"),
        ("pairs", "0.45", "45", r"line 2: accuracy_b is 45; accuracies are shares"),
        ("pairs", "0.45", "high", "could not convert"),
        ("pairs", "cars,birds", "cars,cars", "line 2: a pair needs two different tasks"),
        ("pairs", "birds,cars,ties", "birds,cars,tsv", "line 4: birds, cars, tsv is there twice"),
        ("pairs", "tsv", "wise", "unknown 'tsv'"),
        ("singles", "dogs", "cats", "lacks the tasks dogs"),
        ("singles", "cars,0.8", "birds,0.8", "birds is there twice"),
    ],
)
def test_mistakes_are_one_line(kind, old, new, message, entry):
    path = entry[kind]
    Path(path).write_text(Path(path).read_text().replace(old, new))
    with pytest.raises(ValueError, match=message) as error:
        find_measurements(entry, ("tsv",))
    assert path in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(entry):
    with pytest.raises(ValueError, match=r"there is no file nowhere\.csv"):
        find_measurements({**entry, "singles": "nowhere.csv"}, ("tsv",))


ZERO_SHOT = """backbone,task,zero_shot_accuracy
small,birds,0.25
small,cars,0.6
large,birds,0.4
large,cars,0.7
"""


@pytest.fixture
def zero_shot(entry, tmp_path):
    (tmp_path / "zero_shot.csv").write_text(ZERO_SHOT)
    about = {"path": str(tmp_path / "zero_shot.csv"), "backbone": "small"}
    return lambda **more: {**entry, "zero_shot": {**about, **more}}


def test_zero_shot_accuracies_give_metrics_of_the_pairs_that_know_them(zero_shot):
    table = read_measured_pairs(find_measurements(zero_shot(), ("tsv",)), "tsv").set_index("pair")
    row = table.loc["birds__cars"]
    assert row["zero_shot_accuracy_sum"] == pytest.approx(0.85)
    assert row["fine_tuned_accuracy_min"] == pytest.approx(0.5)
    assert row["zero_shot_ratio_sum"] == pytest.approx(0.25 / 0.5 + 0.6 / 0.8)
    assert row["zero_shot_ratio_min"] == pytest.approx(0.5)
    assert table["zero_shot_ratio_min"].isna().tolist() == [False, True, True]
    assert table["fine_tuned_accuracy_sum"].notna().all()
    assert set(METRICS) <= set(metric_names(["single_model"]))


def test_a_task_may_be_left_out_of_zero_shot_accuracies(zero_shot):
    found = find_measurements(zero_shot(**{"except": ["cars"]}), ("tsv",))
    assert read_measured_pairs(found, "tsv")["zero_shot_accuracy_sum"].isna().all()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"backbone": "smal"}, "backbone: unknown 'smal' (did you mean 'small'?)"),
        ({"backbone": None}, "line 4: birds is there twice; keep one"),
        ({"except": ["boats"]}, "zero_shot.except: unknown 'boats'"),
        ({"except": ["birds", "cars"]}, "has none of the tasks birds, cars, dogs"),
        ({"path": "nowhere.csv"}, "there is no file nowhere.csv"),
    ],
)
def test_mistakes_in_zero_shot_accuracies_are_one_line(more, message, zero_shot):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        find_measurements(zero_shot(**more), ("tsv",))
    assert "\n" not in str(error.value)
