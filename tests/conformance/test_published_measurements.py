"""The importer of published measurements against an independent reader of the same files."""

import pandas as pd
import pytest
from published import MERGERS, ZOO, read_pairs_table

from mergeability.measurements.folder import find_measurements
from mergeability.measurements.reader import read_measured_pairs
from mergeability.metrics.registry import metric_names
from mergeability.prediction.pairs_table import list_complete_pairs


@pytest.fixture(scope="module")
def folder(shared_dir):
    return shared_dir / "reference/measurements"


@pytest.fixture(scope="module")
def imported(folder):
    found = find_measurements({"folder": str(folder), "name": ZOO}, tuple(MERGERS))
    assert found.name == ZOO
    assert len(found.tasks) == 20
    tables = [read_measured_pairs(found, merger) for merger in MERGERS]
    return pd.concat(tables).sort_values(["pair", "merger"], ignore_index=True)


def test_the_imported_table_is_what_another_reader_finds(imported, folder):
    expected = read_pairs_table(folder)
    pd.testing.assert_frame_equal(imported[expected.columns], expected)


def test_missing_cells_stay_missing_and_are_counted(imported):
    missing = imported.isna().sum()
    assert missing[missing > 0].to_dict() == {
        **dict.fromkeys(["accuracy_merged_a", "accuracy_merged_b"], 2),
        **dict.fromkeys(["accuracy", "normalized_accuracy"], 2),
        **dict.fromkeys(["normalized_accuracy_a", "normalized_accuracy_b"], 2),
        **dict.fromkeys(
            [
                "encoder_gradient_dot_product",
                "input_gradient_cosine_similarity",
                "input_gradient_dot_product",
            ],
            5,
        ),
    }


def test_185_pairs_are_complete(imported):
    complete = list_complete_pairs(imported, metric_names(), ["accuracy", "normalized_accuracy"])
    assert (complete["n_complete_pairs"], complete["n_pairs"]) == (185, 190)


def test_a_variant_has_merges_but_no_metrics(folder):
    entry = {"folder": str(folder), "name": ZOO, "variant": "grad_magnitude_1"}
    found = find_measurements(entry, tuple(MERGERS))
    assert found.metrics is None
    assert read_measured_pairs(found, "tsv")["normalized_accuracy"].notna().all()
