"""Every way in which people keep weights reads as the same tensors, beside the same base."""

import math
from pathlib import Path

import model_folders as models
import pytest
import torch
from model_folders import BASE, TUNED, UP, State, headless

from mergeability.checkpoints.alignment import align
from mergeability.checkpoints.lazy import ALL
from mergeability.checkpoints.opening import open_source, open_weights

WRAPPINGS = {
    "file": lambda folder: models.save_one(TUNED, folder / "a.safetensors"),
    "torch": lambda folder: models.save_torch(TUNED, folder / "a.pt"),
    "folder": lambda folder: models.save_folder(TUNED, folder / "a"),
    "shards": lambda folder: models.save_folder(TUNED, folder / "a", shards=3),
    "bin shards": lambda folder: models.save_folder(TUNED, folder / "a", 3, "bin"),
    "bin": lambda folder: models.save_folder(TUNED, folder / "a", 1, "bin"),
    "training": lambda folder: models.save_torch(
        {"state_dict": {f"module.{n}": t for n, t in TUNED.items()}, "epoch": 3}, folder / "a.ckpt"
    ),
    "compiled": lambda folder: models.save_one(
        {f"_orig_mod.{n}": t for n, t in TUNED.items()}, folder / "a.safetensors"
    ),
    "lightning": lambda folder: models.save_torch(
        {"state_dict": {f"net.llm.{n}": t for n, t in TUNED.items()}}, folder / "a.ckpt"
    ),
    "float64": lambda folder: models.save_one(
        models.cast(TUNED, torch.float64), folder / "a.safetensors"
    ),
    "lone file": lambda folder: models.save_torch(TUNED, folder / "a/weights.pt").parent,
}


def update_of(change, name: str, rows: slice = ALL) -> torch.Tensor:
    return change.update(BASE[name][rows], rows)


@pytest.fixture
def base(tmp_path):
    return open_weights(models.save_folder(BASE, tmp_path / "base", shards=2))


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_every_wrapping_holds_the_same_updates(wrapping: str, base, tmp_path: Path) -> None:
    checkpoint = align(open_source(WRAPPINGS[wrapping](tmp_path)), base)
    assert checkpoint.coverage.matched == tuple(sorted(BASE))
    assert not checkpoint.coverage.missing + checkpoint.coverage.new
    for name, change in checkpoint.changes.items():
        assert torch.equal(update_of(change, name), TUNED[name] - BASE[name])
        rows = slice(3, 9)
        assert torch.equal(update_of(change, name, rows), (TUNED[name] - BASE[name])[rows])


def test_a_bare_model_and_one_with_a_head_meet(base, tmp_path: Path) -> None:
    bare = align(open_source(models.save_one(headless(TUNED), tmp_path / "a.safetensors")), base)
    assert bare.coverage.missing == ("lm_head.weight",)
    assert len(bare.coverage.matched) == len(BASE) - 1
    inner = open_weights(models.save_one(headless(BASE), tmp_path / "b.safetensors"))
    whole = align(open_source(models.save_folder(TUNED, tmp_path / "whole")), inner)
    assert whole.coverage.new == ("lm_head.weight",)
    assert "without 'model.'" in whole.coverage.lines()[0]


def test_tied_tensors_count_once_under_either_name(tmp_path: Path) -> None:
    tied = {**BASE, "lm_head.weight": BASE["model.embed_tokens.weight"]}
    base = open_weights(models.save_torch(tied, tmp_path / "base.pt"))
    assert base.tied == {"lm_head.weight": "model.embed_tokens.weight"}
    alone = {n: t for n, t in TUNED.items() if n != "model.embed_tokens.weight"}
    alone["lm_head.weight"] = TUNED["model.embed_tokens.weight"]
    checkpoint = align(open_source(models.save_one(alone, tmp_path / "a.safetensors")), base)
    name = "model.embed_tokens.weight"
    assert torch.equal(update_of(checkpoint.changes[name], name), TUNED[name] - BASE[name])
    assert not checkpoint.coverage.missing + checkpoint.coverage.new


def test_resized_embeddings_share_their_first_rows(base, tmp_path: Path) -> None:
    name = "model.embed_tokens.weight"
    for words in (models.WORDS + 5, models.WORDS - 5):
        resized = {**TUNED, name: torch.cat([TUNED[name], torch.ones(5, models.WIDTH)])[:words]}
        source = open_source(models.save_one(resized, tmp_path / "a.safetensors"))
        checkpoint = align(source, base)
        assert checkpoint.coverage.cut == (name,)
        common = min(words, models.WORDS)
        update = update_of(checkpoint.changes[name], name)
        assert torch.equal(update[:common], (TUNED[name] - BASE[name])[:common])
        assert not update[common:].any()
        assert torch.equal(update_of(checkpoint.changes[name], name, slice(15, 24)), update[15:24])


def test_a_head_of_another_size_is_left_to_the_base(tmp_path: Path) -> None:
    head = {"classifier.weight": torch.ones(3, 16)}
    base = open_weights(models.save_one({**BASE, **head}, tmp_path / "base.safetensors"))
    other = {**TUNED, "classifier.weight": torch.ones(7, 16)}
    checkpoint = align(open_source(models.save_one(other, tmp_path / "a.safetensors")), base)
    assert checkpoint.coverage.other_shape == ("classifier.weight",)
    assert "classifier.weight" not in checkpoint.changes


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float8_e4m3fn])
def test_any_float_type_reads_as_its_values(kind: torch.dtype, base, tmp_path: Path) -> None:
    stored = models.cast(TUNED, kind)
    checkpoint = align(open_source(models.save_one(stored, tmp_path / "a.safetensors")), base)
    for name, change in checkpoint.changes.items():
        assert torch.equal(update_of(change, name), stored[name].float() - BASE[name])


@pytest.mark.parametrize(
    ("config", "scale"),
    [
        ({}, 2.0),
        ({"use_rslora": True}, 4.0),
        ({"alpha_pattern": {"up_proj": 2}}, 0.5),
        ({"alpha_pattern": {r"model.layers.\d.mlp.up_proj": 4}}, 1.0),
        ({"alpha_pattern": {"p_proj": 2}}, 2.0),
        ({"r": 9, "rank_pattern": {"layers.0.mlp.up_proj": 4}}, 2.0),
    ],
)
def test_an_adapter_adds_its_scaled_product(config, scale, base, tmp_path: Path) -> None:
    state = models.factors([UP], BASE)
    checkpoint = align(open_source(models.save_adapter(state, tmp_path / "a", **config)), base)
    left, right = (state[f"base_model.model.{UP}.lora_{f}.weight"] for f in "BA")
    assert checkpoint.changes.keys() == {f"{UP}.weight"}
    change = checkpoint.changes[f"{UP}.weight"]
    assert torch.allclose(update_of(change, f"{UP}.weight"), scale * left @ right, atol=1e-7)
    rows = slice(2, 5)
    some = update_of(change, f"{UP}.weight", rows)
    assert torch.allclose(some, update_of(change, f"{UP}.weight")[rows], atol=1e-7)
    assert change.low_rank is not None


def test_an_adapter_of_transposed_weights_and_of_an_embedding(tmp_path: Path) -> None:
    made = torch.Generator().manual_seed(0)
    conv1d = {"h.0.mlp.c_fc.weight": torch.ones(16, 32), "wte.weight": torch.ones(24, 16)}
    base = open_weights(models.save_one(conv1d, tmp_path / "base.safetensors"))
    a, b, ea, eb = (
        torch.randn(shape, generator=made) for shape in [(4, 16), (32, 4), (4, 24), (16, 4)]
    )
    state = {
        "base_model.model.transformer.h.0.mlp.c_fc.lora_A.weight": a,
        "base_model.model.transformer.h.0.mlp.c_fc.lora_B.weight": b,
        "base_model.model.transformer.wte.lora_embedding_A": ea,
        "base_model.model.transformer.wte.lora_embedding_B": eb,
    }
    folder = models.save_adapter(state, tmp_path / "a", fan_in_fan_out=True)
    changes = align(open_source(folder), base).changes
    updates = {n: c.update(conv1d[n], ALL) for n, c in changes.items()}
    assert torch.allclose(updates["h.0.mlp.c_fc.weight"], 2 * (b @ a).T, atol=1e-6)
    assert torch.allclose(updates["wte.weight"], 2 * (eb @ ea).T, atol=1e-6)


def test_an_adapter_of_a_convolution(tmp_path: Path) -> None:
    weight = {"conv.weight": torch.zeros(6, 3, 2, 2)}
    base = open_weights(models.save_one(weight, tmp_path / "base.safetensors"))
    a, b = torch.randn(4, 3, 2, 2), torch.randn(6, 4, 1, 1)
    state = {"base_model.model.conv.lora_A.weight": a, "base_model.model.conv.lora_B.weight": b}
    changes = align(open_source(models.save_adapter(state, tmp_path / "a")), base).changes
    expected = torch.nn.functional.conv2d(a.transpose(0, 1), b).transpose(0, 1)  # as in PEFT
    update = changes["conv.weight"].update(weight["conv.weight"], ALL)
    assert torch.allclose(update, 2 * expected, atol=1e-6)


def test_dora_scales_every_row_to_its_magnitude(base, tmp_path: Path) -> None:
    state = models.factors([UP], BASE)
    magnitude = torch.rand(2 * models.WIDTH) + 0.5
    state[f"base_model.model.{UP}.lora_magnitude_vector"] = magnitude
    folder = models.save_adapter(state, tmp_path / "a", use_dora=True)
    change = align(open_source(folder), base).changes[f"{UP}.weight"]
    left, right = (state[f"base_model.model.{UP}.lora_{f}.weight"] for f in "BA")
    moved = BASE[f"{UP}.weight"] + 2 * left @ right
    after = BASE[f"{UP}.weight"] + update_of(change, f"{UP}.weight")
    assert torch.allclose(after.norm(dim=1), magnitude, rtol=1e-5)
    assert torch.allclose(torch.cosine_similarity(after, moved), torch.ones(32), atol=1e-6)
    assert change.low_rank is None


def test_saved_modules_and_biases_replace_those_of_the_base(tmp_path: Path) -> None:
    extra = {"score.weight": torch.zeros(2, 16), f"{UP}.bias": torch.zeros(32)}
    base = open_weights(models.save_one({**BASE, **extra}, tmp_path / "base.safetensors"))
    state = models.factors([UP], BASE) | {
        "base_model.model.score.weight": torch.ones(2, 16),
        f"base_model.model.{UP}.bias": torch.full((32,), 3.0),
    }
    folder = models.save_adapter(state, tmp_path / "a", bias="all", modules_to_save=["score"])
    changes = align(open_source(folder), base).changes
    assert changes.keys() == {f"{UP}.weight", *extra}
    for name, before in extra.items():
        after = before + changes[name].update(before, ALL)
        assert torch.equal(after, state[f"base_model.model.{name}"])


def quantised(folder: Path) -> Path:
    state = {**TUNED, f"{UP}.weight": torch.ones(32, 16, dtype=torch.int8)}
    return models.save_one(state, folder / "int8.safetensors")


def without_shard(folder: Path) -> Path:
    made = models.save_folder(TUNED, folder / "a", shards=3)
    (made / "model-00002-of-00003.safetensors").unlink()
    return made


def without_index(folder: Path) -> Path:
    made = models.save_folder(TUNED, folder / "a", shards=3)
    (made / "model.safetensors.index.json").unlink()
    return made


def rewritten_index(folder: Path, text: str) -> Path:
    made = models.save_folder(TUNED, folder / "a", shards=3)
    (made / "model.safetensors.index.json").write_text(text)
    return made


def adapter(folder: Path, state: State | None = None, **config: object) -> Path:
    return models.save_adapter(state or models.factors([UP], BASE), folder / "a", **config)


def cut_short(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-40])
    return path


UNREADABLE = {
    "absent": (lambda f: f / "none", "there is no such file or folder"),
    "empty folder": (lambda f: f, "no weights in this folder"),
    "missing shard": (without_shard, "1 of 3 shards missing"),
    "missing index": (without_index, "shards without their index"),
    "one shard": (
        lambda f: models.save_folder(TUNED, f / "a", 3) / "model-00001-of-00003.safetensors",
        "one of 3 shards of a model; name its folder",
    ),
    "broken index": (lambda f: rewritten_index(f, "{"), "not valid JSON"),
    "empty index": (lambda f: rewritten_index(f, "{}"), "has no 'weight_map'"),
    "index that leads elsewhere": (
        lambda f: rewritten_index(f, '{"weight_map": {"a": "../base/model.safetensors"}}'),
        "not the name of a file beside it",
    ),
    "index of other shards": (
        lambda f: rewritten_index(f, '{"weight_map": {"a": "model-00001-of-00003.safetensors"}}'),
        "tensor 'a' is missing, which the index lists",
    ),
    "two files": (
        lambda f: [models.save_one(TUNED, f / f"{n}.safetensors") for n in "ab"].pop().parent,
        "several files of weights (a.safetensors, b.safetensors)",
    ),
    "cut short": (
        lambda f: cut_short(models.save_one(TUNED, f / "a.safetensors")),
        "broken safetensors file",
    ),
    "config for weights": (lambda f: models.save_folder(TUNED, f / "a") / "config.json", "JSON"),
    "quantised": (quantised, "quantised weights cannot be merged"),
    "other names": (
        lambda f: models.save_one({f"x.{n}.y": t for n, t in TUNED.items()}, f / "a.safetensors"),
        "name the base it was fine-tuned from",
    ),
    "other size": (
        lambda f: models.save_one({n: t[:9] for n, t in TUNED.items()}, f / "a.safetensors"),
        "tensors have other shapes than in",
    ),
    "IA3": (lambda f: adapter(f, peft_type="IA3"), "an adapter of type IA3, not LoRA"),
    "PiSSA": (lambda f: adapter(f, init_lora_weights="pissa_niter_4"), "changes the weights of"),
    "other rank": (lambda f: adapter(f, r=16), "has rank 4, adapter_config.json says 16"),
    "no alpha": (lambda f: adapter(f, lora_alpha=None), "None is no rank or alpha"),
    "half a pair": (
        lambda f: adapter(f, {f"base_model.model.{UP}.lora_A.weight": torch.ones(4, 16)}),
        "lora_B of 'model.layers.0.mlp.up_proj' is missing",
    ),
    "foreign adapter": (
        lambda f: adapter(f, models.factors(["x.up"], {"x.up.weight": torch.ones(3, 3)})),
        "it adapts tensors that are not in",
    ),
    "misshapen adapter": (
        lambda f: adapter(f, models.factors([UP], {f"{UP}.weight": torch.ones(16, 16)})),
        "correct fan_in_fan_out",
    ),
    "adapter without weights": (
        lambda f: (adapter(f), (f / "a/adapter_model.safetensors").unlink())[0],
        "there is no adapter_model.safetensors",
    ),
    "magnitudes missing": (lambda f: adapter(f, use_dora=True), "magnitude vector of"),
}


@pytest.mark.parametrize("mistake", UNREADABLE)
def test_what_cannot_be_read_is_one_line_with_file_and_cure(mistake, base, tmp_path) -> None:
    make, reason = UNREADABLE[mistake]
    folder = tmp_path / "source"
    folder.mkdir()
    with pytest.raises((ValueError, OSError)) as caught:
        align(open_source(make(folder)), base)
    message = str(caught.value)
    assert reason in message
    assert str(folder) in message
    assert "\n" not in message


def test_an_adapter_is_no_base(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"an adapter is no base; .* here 'me/base'"):
        open_weights(adapter(tmp_path))


def test_opening_reads_no_tensor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = models.save_folder(TUNED, tmp_path / "a", shards=2)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a tensor was read")

    monkeypatch.setattr(torch, "frombuffer", refuse)
    weights = open_weights(folder)
    assert math.prod(weights.tensors["lm_head.weight"].shape) == BASE["lm_head.weight"].numel()
