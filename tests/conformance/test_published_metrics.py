"""Weight-space metrics of the published implementation."""

import csv
import json

import pytest

from mergeability.backbones.encoder import to_device
from mergeability.files import read_tensors, write_tensors
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES, metric_names, parts_of
from mergeability.metrics.sketch import sketch_weights
from mergeability.naming import split_pair
from mergeability.tensors import task_vector

WEIGHT_FAMILIES = [name for name in PAPER_FAMILIES if not FAMILIES[name].needs_data]


@pytest.fixture(scope="module")
def sketches(shared_dir, tmp_path_factory):
    folder = shared_dir / "conformance"
    pretrained = to_device(read_tensors(folder / "base.safetensors"), "cpu")
    paths = {}
    for model in "012":
        weights = to_device(read_tensors(folder / f"model_{model}.safetensors"), "cpu")
        parts = sketch_weights(
            task_vector(pretrained, weights, model),
            parts_of(WEIGHT_FAMILIES),
            subspace_rank=10,
            spectrum_size=100,
        )
        paths[model] = tmp_path_factory.mktemp("sketches") / f"{model}.safetensors"
        write_tensors(paths[model], parts, {"settings": {}})
    return paths


@pytest.mark.parametrize("pair", ["0__1", "1__2"])
def test_weight_space_metrics(shared_dir, sketches, pair):
    published = json.loads((shared_dir / "conformance/expected_metrics.json").read_text())[pair]
    paths = [sketches[model] for model in split_pair(pair)]
    ours = {v.metric: v.value for v in compute_pair_metrics(*paths, WEIGHT_FAMILIES)}
    assert ours == pytest.approx(published, rel=1e-4)


def test_names_are_those_of_the_paper(shared_dir):
    with (
        shared_dir / "reference/paper_tables/table05_individual_correlations_vit_b_16.csv"
    ).open() as file:
        published = [row["metric"] for row in csv.DictReader(file)]
    assert metric_names() == published
