"""What defines the five mergers of the paper, and what every merger refuses."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from merging import (
    SHAPES,
    assert_equal,
    merge,
    models,
)

from mergeability.mergers import dare, merge_checkpoints, ties
from mergeability.plugins import MERGERS
from mergeability.tensors import kth_smallest

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("method", [m for m in MERGERS.names() if MERGERS.constant(m, "MODELS")])
def test_another_number_of_models_is_refused(method):
    pretrained, checkpoints = models(MERGERS.constant(method, "MODELS") + 1)
    with pytest.raises(ValueError, match=rf"{method} merges \d checkpoints, not \d"):
        merge(method, pretrained, checkpoints)


def test_weight_average_is_the_mean_of_checkpoints():
    pretrained, checkpoints = models(3)
    merged = merge("weight_average", pretrained, checkpoints)
    for name in SHAPES:
        mean = torch.stack([weights[name] for weights in checkpoints.values()]).mean(dim=0)
        torch.testing.assert_close(merged[name], mean)


def test_task_arithmetic_of_one_model_at_scale_one_is_that_model():
    pretrained, checkpoints = models(1)
    assert_equal(merge("task_arithmetic", pretrained, checkpoints, scale=1.0), checkpoints["task0"])


def test_tsv_of_one_model_is_exact_up_to_orthogonalisation():
    """With one model all rank is kept, and singular vectors are orthonormal already."""
    pretrained, checkpoints = models(1)
    assert_equal(merge("tsv", pretrained, checkpoints), checkpoints["task0"], rtol=1e-4, atol=1e-5)


def test_tsv_keeps_the_share_of_the_rank_and_averages_other_tensors():
    pretrained, checkpoints = models(2)
    merged = merge("tsv", pretrained, checkpoints)
    assert torch.linalg.matrix_rank(merged["matrix"] - pretrained["matrix"]) == 4
    assert torch.linalg.matrix_rank(merged["wide"] - pretrained["wide"]) == 2
    average = merge("weight_average", pretrained, checkpoints)
    torch.testing.assert_close(merged["kernel"], average["kernel"])


@given(size=st.integers(1, 60), seed=st.integers(0, 1000), data=st.data())
def test_kth_smallest_is_an_entry_of_that_rank(size, seed, data):
    values = torch.randint(9, (size,), generator=torch.Generator().manual_seed(seed)).float()
    k = data.draw(st.integers(1, size))
    before = values.clone()
    assert torch.equal(kth_smallest(values, k), values.kthvalue(k).values)
    assert torch.equal(values, before)


@given(keep=st.floats(0.01, 1.0), seed=st.integers(0, 1000))
def test_ties_threshold_keeps_the_share(keep, seed):
    update = torch.randn(50, generator=torch.Generator().manual_seed(seed))
    kept = int((update.abs() >= ties.magnitude_threshold(update, keep)).sum())
    assert kept == max(1, int(keep * 50))


def test_ties_elects_the_sign_of_larger_mass_and_averages_what_agrees():
    updates = torch.tensor([[3.0, 1.0, 0.0, -1.0], [-1.0, 2.0, 4.0, 1.0], [-1.0, 0.0, 0.0, 0.0]])
    assert ties.disjoint_mean(updates).tolist() == [3.0, 1.5, 4.0, 0.0]


def test_ties_scope_decides_where_the_share_is_counted():
    pretrained = {"small": torch.zeros(10), "large": torch.zeros(10)}
    checkpoint = {"small": torch.linspace(0.1, 1, 10), "large": torch.linspace(10, 20, 10)}
    changed = {}
    for scope in ("tensor", "global"):
        merged = merge("ties", pretrained, {"a": checkpoint}, keep=0.5, scope=scope)
        changed[scope] = {name: int((merged[name] != 0).sum()) for name in merged}
    assert changed == {"tensor": {"small": 5, "large": 5}, "global": {"small": 0, "large": 10}}


def test_dare_is_unbiased_and_drops_the_share():
    pretrained = {"w": torch.zeros(200_000)}
    merged = merge("dare", pretrained, {"a": {"w": torch.ones(200_000)}}, drop=0.9)["w"]
    assert merged.mean().item() == pytest.approx(1.0, abs=0.02)
    assert (merged == 0).float().mean().item() == pytest.approx(0.9, abs=0.005)
    assert merged.max().item() == pytest.approx(10.0, rel=1e-5)


def test_dare_masks_differ_between_tasks_tensors_and_entries_of_the_config():
    pretrained = {"w": torch.zeros(64), "v": torch.zeros(64)}
    ones = {"w": torch.ones(64), "v": torch.ones(64)}

    def mask(task, name, tensor):
        merged = merge_checkpoints(pretrained, {task: ones}, "dare", {"drop": 0.5}, name, seed=0)
        return tuple((merged[tensor] != 0).tolist())

    masks = {
        mask("a", "dare", "w"),
        mask("a", "dare", "v"),
        mask("b", "dare", "w"),
        mask("a", "dare2", "w"),
    }
    assert len(masks) == 4
    assert mask("a", "dare", "w") == mask("a", "dare", "w")


def test_dare_without_dropping_is_the_weight_average():
    pretrained, checkpoints = models(2)
    assert_equal(
        merge("dare", pretrained, checkpoints, drop=0.0),
        merge("weight_average", pretrained, checkpoints),
    )


def test_dare_refuses_to_drop_everything():
    with pytest.raises(ValueError, match="choose drop < 1"):
        dare.merge({}, {}, drop=1.0)


def test_checkpoint_of_another_backbone_is_named():
    pretrained, checkpoints = models(2)
    del checkpoints["task1"]["bias"]
    with pytest.raises(ValueError, match=r"task 'task1'.*missing \['bias'\]"):
        merge("weight_average", pretrained, checkpoints)
    checkpoints["task1"]["bias"] = torch.zeros(6)
    with pytest.raises(ValueError, match=r"'bias' has shape \(6,\)"):
        merge("weight_average", pretrained, checkpoints)


def test_merged_float32_stays_close_to_float64():
    pretrained, checkpoints = models(4)
    exact = {
        name: np.mean([w[name].double().numpy() for w in checkpoints.values()], axis=0)
        for name in SHAPES
    }
    merged = merge("weight_average", pretrained, checkpoints)
    for name in SHAPES:
        np.testing.assert_allclose(merged[name].numpy(), exact[name], atol=1e-6)
