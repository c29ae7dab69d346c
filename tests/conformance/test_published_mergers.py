"""Merged weights of the published implementation, tensor by tensor."""

import numpy as np
import pytest
import torch

from mergeability.backbones.encoder import to_device
from mergeability.files import read_tensors
from mergeability.mergers import merge_checkpoints
from mergeability.naming import split_pair

pytestmark = pytest.mark.usefixtures("one_thread")

PAIRS = ["0__1", "1__2"]
CASES = {
    "weight_average": ("weight_average", {}),
    "task_arithmetic": ("task_arithmetic", {"scale": 0.3}),
    "ties": ("ties", {"keep": 0.2, "scale": 0.3, "scope": "tensor"}),
    "tsv": ("tsv", {"scale": 1.0}),
    "tall_masks": ("consensus", {"mask_threshold": 0.4, "consensus": 1, "scale": 1.0}),
    "iso_c": ("iso_c", {"scale": 1.0}),
    "iso_cts": ("iso_cts", {"common": 0.8, "scale": 1.0}),
}


def read_models(folder, pair):
    """Pretrained weights and the two checkpoints of a pair."""
    pretrained = to_device(read_tensors(folder / "base.safetensors"), "cpu")
    checkpoints = {
        model: to_device(read_tensors(folder / f"model_{model}.safetensors"), "cpu")
        for model in split_pair(pair)
    }
    return pretrained, checkpoints


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("published", CASES)
def test_merged_weights(shared_dir, published, pair):
    folder = shared_dir / "conformance"
    method, parameters = CASES[published]
    merged = merge_checkpoints(*read_models(folder, pair), method, parameters, method, seed=0)
    expected = read_tensors(folder / f"merged_{published}_{pair}.safetensors")
    assert merged.keys() == expected.keys()
    for name, array in expected.items():
        if published == "iso_c" and array.ndim != 2:
            continue  # see below
        np.testing.assert_allclose(merged[name].numpy(), array, rtol=0, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("pair", PAIRS)
def test_published_iso_c_counts_the_second_model_three_times_outside_of_matrices(shared_dir, pair):
    """It says it averages these tensors, and mixes 1/4 and 3/4 by the order of the models.

    Here they are averaged, as in the published Iso-CTS: a merge must not depend on that order.
    """
    folder = shared_dir / "conformance"
    pretrained, checkpoints = read_models(folder, pair)
    published = read_tensors(folder / f"merged_iso_c_{pair}.safetensors")
    merged = merge_checkpoints(pretrained, checkpoints, "iso_c", {}, "iso_c", seed=0)
    first, second = checkpoints.values()
    others = [name for name, weight in pretrained.items() if weight.dim() != 2]
    assert others
    for name in others:
        mixed = (0.25 * first[name] + 0.75 * second[name]).numpy()
        np.testing.assert_allclose(published[name], mixed, rtol=0, atol=1e-6, err_msg=name)
        torch.testing.assert_close(merged[name], (first[name] + second[name]) / 2)
