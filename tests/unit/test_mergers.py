"""Defining properties of every merger, on random weights of odd shapes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mergeability.mergers import dare, merge_checkpoints, ties
from mergeability.signatures import MERGERS, merger_statistics
from merging import (
    SHAPES,
    assert_equal,
    copies,
    merge,
    models,
    moved_by,
    random_statistics,
    random_weights,
)

pytestmark = pytest.mark.usefixtures("one_thread")

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]

# Parameters at which the merge of copies of a model is that model.
IDENTITY = {
    "weight_average": {},
    "task_arithmetic": {},
    "ties": {"keep": 1.0, "scale": 1.0},
    "dare": {"drop": 0.0},
    "consensus": {"mask_threshold": 0.1},
    "slerp": {},
    "breadcrumbs": {"lower": 0.0, "upper": 1.0},
    "della": {"drop": 0.0, "spread": 0.0},
    "model_stock": {},
    "magmax": {"scale": 1.0},
    "emr": {},
    "knots": {"keep": 1.0},
    "fisher": {},
    "regmean": {},
}
# These add updates up, so that n copies need a scale of 1/n.
ADDING = {"task_arithmetic", "consensus", "breadcrumbs"}
# These change even a single model: they cut rank, flatten spectra, drop the worst entry. What they
# make of copies is tested with each of them.
NEVER_IDENTITY = {"tsv", "iso_c", "iso_cts", "pcb"}

# Of a model and a partner that equals the pretrained weights: parameters, and how far the merge
# moves towards the model.
BESIDE_PRETRAINED = {
    "weight_average": ({}, 0.5),
    "task_arithmetic": ({"scale": 0.3}, 0.3),
    "ties": ({"keep": 1.0, "scale": 1.0}, 1.0),
    "dare": ({"drop": 0.0}, 0.5),
    "consensus": ({}, 1.0),
    "breadcrumbs": ({"lower": 0.0, "upper": 1.0, "scale": 1.0}, 1.0),
    "della": ({"drop": 0.0, "spread": 0.0}, 1.0),
    "model_stock": ({}, 0.0),
    "magmax": ({}, 0.5),
    "emr": ({}, 1.0),
    "knots": ({"keep": 1.0}, 1.0),
}


def counts(methods, *wanted):
    """Methods with every wanted number of models that they take."""
    return [
        pytest.param(method, n, id=f"{method}-{n}")
        for method in methods
        for n in sorted({MERGERS.constant(method, "MODELS") or n for n in wanted})
    ]


def few(method):
    """Three models, or as many as the method takes."""
    return models(MERGERS.constant(method, "MODELS") or 3)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("method", "count"), counts(MERGERS.names(), 1, 2, 3, 8))
def test_shapes_types_devices_and_finiteness(method, count, dtype, device):
    pretrained, checkpoints = models(count, dtype=dtype)
    pretrained = {name: weight.to(device) for name, weight in pretrained.items()}
    checkpoints = {
        task: {name: weight.to(device) for name, weight in weights.items()}
        for task, weights in checkpoints.items()
    }
    merged = merge(method, pretrained, checkpoints)
    assert merged.keys() == pretrained.keys()
    for name, weight in pretrained.items():
        assert merged[name].shape == weight.shape
        assert merged[name].dtype == dtype
        assert merged[name].device == weight.device
        assert torch.isfinite(merged[name]).all()


@pytest.mark.parametrize("method", MERGERS.names())
def test_order_of_checkpoints_does_not_matter(method):
    pretrained, checkpoints = few(method)
    backwards = dict(reversed(checkpoints.items()))
    assert_equal(
        merge(method, pretrained, checkpoints), merge(method, pretrained, backwards), rtol=0, atol=0
    )


@pytest.mark.parametrize(
    "method", [m for m in MERGERS.names() if m not in {"dare", "della"}]
)  # whose masks are drawn by the name of the task
def test_names_of_tasks_do_not_matter(method):
    pretrained, checkpoints = few(method)
    renamed = {f"another{9 - i}": weights for i, weights in enumerate(checkpoints.values())}
    kind = merger_statistics(method)
    statistics = random_statistics(kind, checkpoints) if kind else {}
    under_other_names = dict(zip(renamed, statistics.values(), strict=False))
    assert_equal(
        merge(method, pretrained, checkpoints, statistics=statistics),
        merge(method, pretrained, renamed, statistics=under_other_names),
        rtol=1e-4,
        atol=1e-6,
    )


@pytest.mark.parametrize("method", MERGERS.names())
def test_merging_again_gives_the_same_bits(method):
    pretrained, checkpoints = few(method)
    assert_equal(
        merge(method, pretrained, checkpoints),
        merge(method, pretrained, checkpoints),
        rtol=0,
        atol=0,
    )


@pytest.mark.parametrize("method", MERGERS.names())
def test_inputs_are_left_alone(method):
    pretrained, checkpoints = models(2)
    before = {k: v.clone() for k, v in checkpoints["task0"].items()}
    merge(method, pretrained, checkpoints)
    assert_equal(before, checkpoints["task0"], rtol=0, atol=0)
    assert_equal(pretrained, random_weights(0), rtol=0, atol=0)


@pytest.mark.parametrize("method", MERGERS.names())
def test_nothing_to_merge_gives_the_pretrained_weights(method):
    pretrained, _ = models(1)
    merged = merge(method, pretrained, {"a": pretrained, "b": pretrained})
    assert_equal(merged, pretrained)


@pytest.mark.parametrize(("method", "count"), counts(IDENTITY, 1, 2, 3, 8))
def test_copies_of_a_model_give_that_model(method, count):
    pretrained, checkpoints = copies(count)
    scale = {"scale": 1 / count} if method in ADDING else {}
    merged = merge(method, pretrained, checkpoints, **IDENTITY[method], **scale)
    assert_equal(merged, checkpoints["copy0"], rtol=1e-5, atol=1e-6)


def test_every_method_says_what_it_does_to_copies():
    assert set(IDENTITY) | NEVER_IDENTITY == set(MERGERS.names())


@pytest.mark.parametrize("method", BESIDE_PRETRAINED)
def test_beside_the_pretrained_weights_the_merge_moves_towards_the_model(method):
    parameters, factor = BESIDE_PRETRAINED[method]
    pretrained, checkpoints = models(1)
    merged = merge(method, pretrained, {**checkpoints, "none": pretrained}, **parameters)
    assert_equal(merged, moved_by(pretrained, checkpoints["task0"], factor), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", [m for m in MERGERS.names() if "scale" in MERGERS.parameters(m)])
def test_scale_stretches_the_merged_update(method):
    pretrained, checkpoints = few(method)
    once, twice = (merge(method, pretrained, checkpoints, scale=s) for s in (0.4, 0.8))
    assert_equal(twice, moved_by(pretrained, once, 2.0), rtol=1e-4, atol=1e-6)


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
