"""Fisher information and Gram matrices of a tiny vision tower, each computed a second way."""

import numpy as np
import pytest
import torch
from small_encoder import small_encoder
from torch.nn import functional

from mergeability.backbones.architecture import state_arrays
from mergeability.backbones.encoder import to_device
from mergeability.datasets.splits import Split
from mergeability.merger_statistics import compute_statistics, diagonal_fisher, layer_grams
from mergeability.mergers import merge_checkpoints

pytestmark = pytest.mark.usefixtures("one_thread")

WIDTH = 16  # of tower and embedding: shapes do not tell how `proj` is multiplied
IMAGES, CLASSES = 5, 4


@pytest.fixture
def encoder(tmp_path):
    return small_encoder(tmp_path, embed_dim=WIDTH)


@pytest.fixture
def split():
    rng = np.random.default_rng(0)
    return Split(
        rng.integers(0, 256, (IMAGES, 16, 16, 3), dtype=np.uint8),
        rng.integers(0, CLASSES, IMAGES, dtype=np.int64),
    )


@pytest.fixture
def head():
    generator = torch.Generator().manual_seed(1)
    return 5 * torch.randn(CLASSES, WIDTH, generator=generator)


def test_fisher_is_the_expected_squared_gradient_of_the_log_likelihood(encoder, head, split):
    """One backward pass per image and class, weighted by the predicted probability."""
    expected = {name: torch.zeros_like(p) for name, p in encoder.tower.named_parameters()}
    for image in split.examples:
        for label in range(CLASSES):
            features = functional.normalize(encoder.tower(encoder.batch(image[None])), dim=-1)
            log_p = functional.log_softmax(features @ head.T, dim=-1)[0, label]
            encoder.tower.zero_grad()
            log_p.backward()
            for name, parameter in encoder.tower.named_parameters():
                expected[name] += log_p.exp().detach() * parameter.grad**2 / IMAGES
    fisher = diagonal_fisher(encoder, head, split)
    assert fisher.keys() == expected.keys()
    for name, array in fisher.items():
        assert array.dtype == np.float32
        assert array.max() > 0
        np.testing.assert_allclose(
            array, expected[name], rtol=1e-3, atol=1e-5 * array.max(), err_msg=name
        )


def test_fisher_of_a_model_that_is_certain_vanishes_and_is_finite(encoder, head, split):
    for array in diagonal_fisher(encoder, 1e4 * head, split).values():
        assert np.isfinite(array).all()
        np.testing.assert_allclose(array, 0, atol=1e-6)


def test_fisher_does_not_look_at_labels(encoder, head, split):
    others = split._replace(labels=(split.labels + 1) % CLASSES)
    first, second = (diagonal_fisher(encoder, head, s)["proj"] for s in (split, others))
    np.testing.assert_array_equal(first, second)


def recorded_inputs(encoder, split):
    """The inputs of all layers, found by taking the tower apart: name of weights -> [n, inputs]."""
    vision, found = encoder.tower, {}
    patches = encoder.batch(split.examples).unfold(2, 8, 8).unfold(3, 8, 8)
    found["conv1.weight"] = patches.movedim(1, 3)  # [n, row, column, channel, 8, 8]
    with torch.no_grad():
        x = vision._embeds(encoder.batch(split.examples))
        for number, block in enumerate(vision.transformer.resblocks):
            name = f"transformer.resblocks.{number}"
            normed = block.ln_1(x)
            found[f"{name}.attn.in_proj_weight"] = normed
            attended, _ = block.attn(normed, normed, normed, need_weights=False)
            # The input of the output projection, recovered by undoing it.
            undone = torch.linalg.solve(
                block.attn.out_proj.weight.double(),
                (attended - block.attn.out_proj.bias).double().mT.reshape(-1, 16, 5),
            )
            found[f"{name}.attn.out_proj.weight"] = undone.mT.float()
            x = x + attended
            found[f"{name}.mlp.c_fc.weight"] = block.ln_2(x)
            hidden = block.mlp.gelu(block.mlp.c_fc(block.ln_2(x)))
            found[f"{name}.mlp.c_proj.weight"] = hidden
            x = x + block.mlp.c_proj(hidden)
        found["proj"] = vision._pool(x)[0]
    sizes = {"conv1.weight": 3 * 8 * 8}
    return {name: t.reshape(-1, sizes.get(name, t.shape[-1])) for name, t in found.items()}


@pytest.mark.parametrize("fast_path", [True, False])
def test_grams_are_those_of_the_recorded_inputs(encoder, split, fast_path):
    torch.backends.mha.set_fastpath_enabled(fast_path)
    try:
        grams = layer_grams(encoder, split, batch_size=2)
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    inputs = recorded_inputs(encoder, split)
    assert grams.keys() == inputs.keys()
    for name, x in inputs.items():
        expected = (x.double().T @ x.double()).numpy()
        assert grams[name].dtype == np.float32
        np.testing.assert_allclose(
            grams[name], expected, rtol=1e-3, atol=1e-4 * abs(expected).max(), err_msg=name
        )


def test_every_matrix_but_the_positions_has_a_gram(encoder, split):
    matrices = {n for n, p in encoder.tower.named_parameters() if p.dim() > 1}
    assert set(layer_grams(encoder, split, 4)) == matrices - {"positional_embedding"}


def test_grams_do_not_depend_on_the_batch_size(encoder, split):
    whole, parts = layer_grams(encoder, split, IMAGES), layer_grams(encoder, split, 2)
    for name in whole:
        np.testing.assert_allclose(parts[name], whole[name], rtol=1e-4, atol=1e-3, err_msg=name)


def test_nothing_of_the_measurement_stays_in_the_tower(encoder, split):
    before = {name: array.copy() for name, array in state_arrays(encoder.tower).items()}
    layer_grams(encoder, split, 4)
    after = state_arrays(encoder.tower)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    for module in encoder.tower.modules():
        assert not module._forward_pre_hooks


def test_kinds_are_told_apart(encoder, head, split):
    assert "ln_pre.weight" in compute_statistics("fisher", encoder, head, split, 4)
    assert "ln_pre.weight" not in compute_statistics("gram", encoder, head, split, 4)
    with pytest.raises(ValueError, match="unknown kind of statistics 'hessian'; allowed: "):
        compute_statistics("hessian", encoder, head, split, 4)


def test_regmean_of_real_layers_predicts_best_what_each_model_says(encoder):
    """On the inputs that the models saw, no other weights are closer to the models' own outputs."""
    pretrained = to_device(state_arrays(encoder.tower), "cpu")
    checkpoints, grams, inputs = {}, {}, {}
    rng = np.random.default_rng(1)
    for task in ("a", "b"):
        moved = {
            k: w + 0.05 * torch.from_numpy(rng.normal(size=w.shape)).float()
            for k, w in pretrained.items()
        }
        own = Split(rng.integers(0, 256, (60, 16, 16, 3), dtype=np.uint8), np.zeros(60, np.int64))
        encoder.load({name: weight.numpy() for name, weight in moved.items()})
        checkpoints[task] = moved
        grams[task] = to_device(layer_grams(encoder, own, 30), "cpu")
        inputs[task] = recorded_inputs(encoder, own)
    parameters = {"off_diagonal": 1.0}
    layers = {"transformer.resblocks.1.attn.out_proj.weight", "proj"}
    chosen = {
        t: {name: g for name, g in gram.items() if name in layers} for t, gram in grams.items()
    }
    merged = merge_checkpoints(pretrained, checkpoints, "regmean", parameters, "r", 0, chosen)
    for name in layers:
        stacked = torch.cat([inputs[t][name] for t in ("a", "b")]).double()
        outputs = torch.cat(
            [
                inputs[t][name].double() @ as_input_first(checkpoints[t][name], name)
                for t in ("a", "b")
            ]
        )
        best = torch.linalg.lstsq(stacked, outputs).solution
        torch.testing.assert_close(as_input_first(merged[name], name), best, rtol=1e-2, atol=1e-3)


def as_input_first(weight, name):
    return (weight if name == "proj" else weight.T).double()
