"""The data-driven parts of a sketch, on a small vision tower."""

import numpy as np
import pytest
import torch
from small_encoder import small_encoder
from torch.nn import functional

from mergeability.backbones.architecture import state_arrays
from mergeability.datasets.splits import Split
from mergeability.metrics.sketch import (
    CalibrationData,
    loss_gradients,
    mean_activation,
    sketch_behaviour,
    sketch_weights,
)


@pytest.fixture
def encoder(tmp_path):
    return small_encoder(tmp_path, embed_dim=8)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return CalibrationData(
        own=Split(
            rng.integers(0, 256, (7, 16, 16, 3), dtype=np.uint8),
            rng.integers(0, 3, 7, dtype=np.int64),
        ),
        head=torch.from_numpy(rng.normal(size=(3, 8)).astype(np.float32)),
        common_examples=rng.integers(0, 256, (11, 16, 16, 3), dtype=np.uint8),
    )


def test_parts_follow_the_families(encoder, data):
    tau = {name: torch.ones_like(p) for name, p in encoder.tower.named_parameters()}
    weights = sketch_weights(tau, ["subspace"], subspace_rank=3, spectrum_size=5)
    assert {name.split("/")[0] for name in weights} == {
        "spectrum",
        "left_top",
        "right_top",
        "right_bottom",
    }
    assert list(sketch_behaviour(encoder, data, ["activation"], 4)) == ["activation/all"]
    assert sketch_behaviour(encoder, data, ["subspace"], 4) == {}


def test_batches_weigh_every_sample_alike(encoder, data):
    """7 samples in batches of 2 leave a last batch of 1: the mean must not notice."""
    whole, parts = loss_gradients(encoder, data, 7), loss_gradients(encoder, data, 2)
    for name in whole:
        np.testing.assert_allclose(parts[name], whole[name], rtol=1e-4, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(
        mean_activation(encoder, data.common_examples, 3),
        mean_activation(encoder, data.common_examples, 11),
        rtol=1e-5,
        atol=1e-6,
    )


def mean_loss(encoder, data, pixels):
    features = functional.normalize(encoder.tower(pixels), dim=-1)
    labels = torch.from_numpy(data.own.labels)
    return functional.cross_entropy((features @ data.head.T).double(), labels)


def test_gradients_are_those_of_the_mean_loss(encoder, data):
    """Directional derivatives by central differences."""
    parts = loss_gradients(encoder, data, 4)
    pixels = encoder.batch(data.own.examples)
    generator = torch.Generator().manual_seed(1)
    direction = torch.randn(pixels.shape, generator=generator)
    step = 1e-2
    with torch.no_grad():
        ahead = mean_loss(encoder, data, pixels + step * direction)
        behind = mean_loss(encoder, data, pixels - step * direction)
    expected = float((ahead - behind) / (2 * step))
    assert np.vdot(parts["input_gradient/all"], direction.numpy()) == pytest.approx(
        expected, rel=1e-2
    )
    weight = encoder.tower.get_parameter("proj")
    direction = torch.randn(weight.shape, generator=generator)
    with torch.no_grad():
        weight += step * direction
        ahead = mean_loss(encoder, data, pixels)
        weight -= 2 * step * direction
        behind = mean_loss(encoder, data, pixels)
    expected = float((ahead - behind) / (2 * step))
    assert np.vdot(parts["encoder_gradient/proj"], direction.numpy()) == pytest.approx(
        expected, rel=1e-2
    )


def test_gradients_go_through_the_given_head(encoder, data):
    """The published code drew a random head; the same head must give the same gradients."""
    again = loss_gradients(encoder, data, 4)
    first = loss_gradients(encoder, data, 4)
    other = loss_gradients(encoder, data._replace(head=data.head.flip(0)), 4)
    np.testing.assert_array_equal(again["input_gradient/all"], first["input_gradient/all"])
    assert not np.allclose(other["input_gradient/all"], first["input_gradient/all"])


def test_activation_is_the_mean_over_samples_and_tokens(encoder, data):
    outputs = []
    block = encoder.tower.transformer.resblocks[-1]
    handle = block.register_forward_hook(lambda _m, _i, output: outputs.append(output))
    with torch.no_grad():
        encoder.tower(encoder.batch(data.common_examples))
    handle.remove()
    expected = outputs[0].double().mean(dim=(0, 1)).numpy()
    assert expected.shape == (16,)
    np.testing.assert_allclose(
        mean_activation(encoder, data.common_examples, 4), expected, rtol=1e-5
    )


def test_loading_weights_replaces_what_is_sketched(encoder, data):
    before = mean_activation(encoder, data.common_examples, 4)
    doubled = {name: 2 * array for name, array in state_arrays(encoder.tower).items()}
    assert not np.allclose(mean_activation(encoder.load(doubled), data.common_examples, 4), before)
