"""Scaling of a merged update by depth (LiNeS), for every method."""

import pytest
import torch
from merging import FEW_STEPS, assert_equal, merge, models, moved_by, random_statistics

from mergeability.mergers import merge_checkpoints
from mergeability.plugins import EXAMPLES, MERGERS, merger_statistics

pytestmark = pytest.mark.usefixtures("one_thread")

NAMES = {
    "conv1.weight": 0.3,
    "transformer.resblocks.0.mlp.c_fc.weight": 0.3,
    "transformer.resblocks.1.mlp.c_fc.weight": 0.8,
    "transformer.resblocks.2.mlp.c_fc.weight": 1.3,
    "ln_post.bias": 0.3,
    "proj": 0.3,
}


def tower(value):
    return {name: torch.full((2, 2), value) for name in NAMES}


@pytest.mark.parametrize("pair", [[0.3, 1.0], (0.3, 1)])
def test_blocks_are_scaled_by_depth_and_the_rest_as_the_first(pair):
    merged = merge("weight_average", tower(1.0), {"a": tower(3.0)}, layer_scaling=pair)
    assert {name: weight[0, 0].item() for name, weight in merged.items()} == pytest.approx(
        {name: 1 + 2 * scale for name, scale in NAMES.items()}
    )


def test_blocks_count_by_number_and_not_by_name():
    pretrained = {f"transformer.resblocks.{i}.w": torch.zeros(1) for i in range(12)}
    checkpoint = {name: torch.ones(1) for name in pretrained}
    merged = merge("weight_average", pretrained, {"a": checkpoint}, layer_scaling=[0, 1])
    for i in range(12):
        assert merged[f"transformer.resblocks.{i}.w"].item() == pytest.approx(i / 11)


def test_a_single_block_is_the_first():
    pretrained = {"transformer.resblocks.0.w": torch.zeros(1)}
    checkpoint = {"transformer.resblocks.0.w": torch.ones(1)}
    merged = merge("weight_average", pretrained, {"a": checkpoint}, layer_scaling=[0.5, 1.0])
    assert merged["transformer.resblocks.0.w"].item() == 0.5


def in_a_block(tensors):
    return {f"transformer.resblocks.0.{name}": tensor for name, tensor in tensors.items()}


@pytest.mark.parametrize("method", MERGERS.names())
def test_every_method_takes_it(method):
    """Without increase it is one scale for the whole merged update."""
    few = FEW_STEPS.get(method, {})
    pretrained, checkpoints = models(MERGERS.constant(method, "MODELS") or 2)
    kind = merger_statistics(method)
    statistics = random_statistics(kind, checkpoints)
    if kind != EXAMPLES:
        statistics = {task: in_a_block(tensors) for task, tensors in statistics.items()}
    pretrained = in_a_block(pretrained)
    checkpoints = {task: in_a_block(weights) for task, weights in checkpoints.items()}
    plain, half = (
        merge_checkpoints(pretrained, checkpoints, method, parameters, method, 0, statistics)
        for parameters in (few, few | {"layer_scaling": [0.5, 0.0]})
    )
    assert_equal(half, moved_by(pretrained, plain, 0.5))


def test_a_model_without_blocks_is_refused():
    pretrained, checkpoints = models(2)
    with pytest.raises(ValueError, match=r"layer_scaling needs tensors called .*resblocks"):
        merge("weight_average", pretrained, checkpoints, layer_scaling=[0.3, 1.0])
