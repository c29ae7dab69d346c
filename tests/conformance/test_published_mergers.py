"""Merged weights of the published implementation, tensor by tensor."""

import numpy as np
import pytest
from mergeability.backbones.encoder import to_device
from mergeability.files import read_tensors
from mergeability.mergers import merge_checkpoints
from mergeability.naming import split_pair

CASES = {
    "weight_average": {},
    "task_arithmetic": {"scale": 0.3},
    "ties": {"keep": 0.2, "scale": 0.3, "scope": "tensor"},
    "tsv": {"scale": 1.0},
}


@pytest.mark.parametrize("pair", ["0__1", "1__2"])
@pytest.mark.parametrize("method", CASES)
def test_merged_weights(shared_dir, method, pair):
    folder = shared_dir / "conformance"
    pretrained = to_device(read_tensors(folder / "base.safetensors"), "cpu")
    checkpoints = {
        model: to_device(read_tensors(folder / f"model_{model}.safetensors"), "cpu")
        for model in split_pair(pair)
    }
    merged = merge_checkpoints(pretrained, checkpoints, method, CASES[method], method, seed=0)
    expected = read_tensors(folder / f"merged_{method}_{pair}.safetensors")
    assert merged.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(merged[name].numpy(), array, rtol=0, atol=1e-5, err_msg=name)
