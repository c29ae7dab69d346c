"""Measurements in the published layout, of any backbone and number of tasks."""

import json
import math
import shutil

import pytest

from mergeability.measurements.folder import find_measurements
from mergeability.measurements.reader import read_measured_pairs
from mergeability.workflow.zoo import read_zoos

TASKS = ["delta", "alpha", "charlie", "bravo", "echo"]
PAIRS = [f"{a}__{b}" for i, a in enumerate(TASKS) for b in TASKS[i + 1 :]]
SINGLE = dict(zip(TASKS, [0.5, 0.6, 0.7, 0.8, 0.9], strict=True))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def merge(pair):
    a, b = pair.split("__")
    return {
        task: [{f"acc/test/{task}": SINGLE[task] * factor}] for task, factor in ((a, 1.0), (b, 0.5))
    }


@pytest.fixture
def folder(tmp_path):
    """A zoo of another backbone: one metric missing, one pair failed, one absent."""
    metric = {pair: float(number) for number, pair in enumerate(PAIRS)} | {PAIRS[1]: None}
    merges = {pair: merge(pair) for pair in PAIRS}
    merges[PAIRS[2]] = {"error": "out of memory"}
    del merges[PAIRS[3]]
    write(
        tmp_path / "mergeability/ViT-L-14_SGD/pairwise_metrics_N5.json",
        {"metrics": {"stable_rank": {"pairs": metric}, "unheard_of": {"pairs": metric}}},
    )
    for name in ("arithmetic", "tsv"):
        write(tmp_path / f"ViT-L-14_SGD/{name}/all_pairwise_summary_N5.json", merges)
    write(
        tmp_path / "finetuning/accs.json",
        {"ViT-L-14": dict.fromkeys(TASKS, 1.0), "ViT-L-14_SGD": SINGLE},
    )
    return tmp_path


def read(folder, **entry):
    found = find_measurements({"folder": str(folder), **entry}, ("task_arithmetic", "tsv"))
    return read_measured_pairs(found, "task_arithmetic").set_index("pair")


def test_every_pair_has_a_row_named_in_lexicographic_order(folder):
    table = read(folder)
    assert len(table) == 10
    assert (table["task_a"] < table["task_b"]).all()
    assert list(table.columns[-1:]) == ["stable_rank"]


def test_accuracies_belong_to_their_tasks_and_the_longest_fitting_backbone(folder):
    row = read(folder).loc["alpha__delta"]
    assert row["accuracy_merged_b"] == pytest.approx(0.5)
    assert row["accuracy_merged_a"] == pytest.approx(0.3)
    assert row["normalized_accuracy"] == pytest.approx(0.75)


def test_null_failed_and_absent_are_missing_and_nothing_else(folder):
    table = read(folder)
    assert table["stable_rank"].isna().sum() == 1
    assert math.isnan(table.loc["charlie__delta", "stable_rank"])
    gone = set(table.index[table["accuracy"].isna()])
    assert gone == {"bravo__delta", "delta__echo"}
    assert set(table.index[table["normalized_accuracy"].isna()]) == gone


def test_a_task_without_single_accuracy_has_no_normalised_accuracy(folder):
    write(folder / "finetuning/accs.json", {"ViT-L-14": {**SINGLE, "echo": None}})
    table = read(folder)
    assert table.loc["alpha__echo", "accuracy"] > 0
    assert math.isnan(table.loc["alpha__echo", "normalized_accuracy"])


def test_a_backbone_without_single_accuracies_is_named(folder):
    write(folder / "finetuning/accs.json", {"ViT-B-16": SINGLE})
    with pytest.raises(ValueError, match="no entry fits zoo 'ViT-L-14_SGD'"):
        read(folder)


# Results are remembered by folder, so that each of these looks at a folder of its own.
BROKEN = {
    "holds no measurements: .* at commit 3d699e5f": lambda folder: shutil.rmtree(
        folder / "mergeability"
    ),
    "there is no folder": shutil.rmtree,
    "accs.json does not exist": lambda folder: (folder / "finetuning/accs.json").unlink(),
    "holds 2 zoos; set `name`": lambda folder: (folder / "mergeability/other").mkdir(),
    "merger 'tsv' was not measured": lambda folder: shutil.rmtree(folder / "ViT-L-14_SGD/tsv"),
}


@pytest.mark.parametrize("message", BROKEN)
def test_what_is_absent_is_named(folder, message):
    BROKEN[message](folder)
    with pytest.raises(ValueError, match=message):
        read(folder)


def with_variant(folder, variant):
    zoo = folder / "ViT-L-14_SGD"
    for name in ("arithmetic", "tsv"):
        shutil.copytree(zoo / name, zoo / f"{name}_{variant}")


def test_an_unknown_variant_lists_the_known_ones(folder):
    for variant in ("grad_1", "wd"):
        with_variant(folder, variant)
    with pytest.raises(ValueError, match=r"variant: unknown 'grad_2' .*; allowed: grad_1, wd$"):
        read(folder, variant="grad_2")
    assert len(read(folder, variant="wd")) == 10


def test_an_optional_zoo_is_left_out_with_a_reason(folder):
    entry = {"folder": str(folder), "variant": "wdd", "optional": True}
    config = {"mergers": {"tsv": {}}, "zoos": {"a": {"measurements": entry}}}
    with_variant(folder, "wd")
    zoos, left_out = read_zoos(config)
    assert zoos == {}
    (line,) = left_out
    assert line.startswith("zoos.a is left out, since it is optional: ")
    assert line.endswith("unknown 'wdd' (did you mean 'wd'?); allowed: wd")
    assert read_zoos({**config, "zoos": {"a": {"measurements": {**entry, "variant": "wd"}}}})[0]


def test_an_unknown_name_lists_the_known_ones(folder):
    with pytest.raises(ValueError, match="set `name` to one of: ViT-L-14_SGD"):
        read(folder, name="ViT-B-16")
