"""Real models of transformers and adapters of PEFT.

Merged folders load and answer as a merge in memory; adapters change what PEFT's own merge changes.
"""

import copy
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers

import mergeability
from mergeability.checkpoints.alignment import align
from mergeability.checkpoints.lazy import ALL
from mergeability.checkpoints.opening import open_source, open_weights

SIZES = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64}
SIZES |= {"num_hidden_layers": 2, "num_attention_heads": 4}
OF_GPT2 = {"vocab_size": 64, "n_embd": 32, "n_layer": 2, "n_head": 4}
OF_T5 = {"vocab_size": 64, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
MODELS = {
    "llama": ("LlamaForCausalLM", "LlamaConfig", SIZES),
    "tied llama": ("LlamaForCausalLM", "LlamaConfig", {**SIZES, "tie_word_embeddings": True}),
    "qwen2": ("Qwen2ForCausalLM", "Qwen2Config", {**SIZES, "num_key_value_heads": 2}),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", OF_GPT2),
    "bert": ("BertForMaskedLM", "BertConfig", SIZES),
    "vit": ("ViTModel", "ViTConfig", {**SIZES, "image_size": 32, "patch_size": 8}),
    "t5": ("T5ForConditionalGeneration", "T5Config", OF_T5),
}


def build(kind: str) -> Any:
    model, config, sizes = MODELS[kind]
    torch.manual_seed(0)
    return getattr(transformers, model)(getattr(transformers, config)(**sizes)).eval()


def moved(model: torch.nn.Module, seed: int) -> Any:
    made = torch.Generator().manual_seed(seed)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in other.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=made))
    return other


def answer(kind: str, model: Any) -> torch.Tensor:
    words = torch.arange(10)[None]
    with torch.no_grad():
        if kind == "vit":
            return model(torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32))[0]
        return model(words, decoder_input_ids=words)[0] if kind == "t5" else model(words)[0]


@pytest.mark.parametrize("kind", MODELS)
def test_a_merged_folder_loads_and_answers_as_the_merge_in_memory(kind, tmp_path: Path) -> None:
    base = build(kind)
    base.save_pretrained(tmp_path / "base", max_shard_size="20KB")
    others = [moved(base, seed) for seed in (1, 2)]
    for name, model in zip("ab", others, strict=True):
        model.save_pretrained(tmp_path / name, max_shard_size="30KB")
    paths = [tmp_path / "a", tmp_path / "b"]
    mergeability.merge(
        paths,
        tmp_path / "base",
        tmp_path / "out",
        method="task_arithmetic",
        parameters={"scale": 0.4},
    )
    expected = copy.deepcopy(base)
    with torch.no_grad():
        for name, parameter in expected.named_parameters():
            updates = [dict(m.named_parameters())[name] - parameter for m in others]
            parameter.add_(0.4 * sum(updates))
    loaded = type(base).from_pretrained(tmp_path / "out").eval()
    assert torch.allclose(answer(kind, loaded), answer(kind, expected), atol=1e-5)
    assert not torch.allclose(answer(kind, loaded), answer(kind, base), atol=1e-3)


LORA = {
    "plain": ("llama", {"target_modules": ["q_proj", "down_proj"]}),
    "rank-stabilised": ("llama", {"target_modules": "all-linear", "use_rslora": True}),
    "DoRA": ("llama", {"target_modules": ["q_proj", "up_proj"], "use_dora": True}),
    "patterns": (
        "llama",
        {
            "target_modules": ["q_proj", "up_proj"],
            "rank_pattern": {"q_proj": 2},
            "alpha_pattern": {"layers.0.self_attn.q_proj": 3, "up_proj": 5},
        },
    ),
    "embedding": ("llama", {"target_modules": ["q_proj", "embed_tokens"]}),
    "saved modules": ("llama", {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]}),
    "transposed": ("gpt2", {"target_modules": ["c_attn", "c_fc"], "fan_in_fan_out": True}),
    "transposed by itself": ("gpt2", {"target_modules": ["c_attn"]}),
    "biases": ("bert", {"target_modules": ["query", "value"], "bias": "all"}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", LORA)
def test_an_adapter_changes_what_pefts_own_merge_changes(case: str, tmp_path: Path) -> None:
    kind, config = LORA[case]
    build(kind).save_pretrained(tmp_path / "base")
    settings = peft.LoraConfig(**{"r": 4, "lora_alpha": 8, **config})
    adapted = moved(peft.get_peft_model(build(kind), settings), 1)
    adapted.save_pretrained(tmp_path / "adapter")
    merged = adapted.merge_and_unload().state_dict()
    base = open_weights(tmp_path / "base")
    checkpoint = align(open_source(tmp_path / "adapter"), base)
    changed = set()
    for name, tensor in base.tensors.items():
        weight = tensor.load()
        if not torch.equal(weight, merged[name]):
            changed.add(name)
        if name in checkpoint.changes:
            weight = weight + checkpoint.changes[name].update(weight, ALL)
        assert torch.allclose(weight, merged[name], atol=1e-6), name
    assert changed
    assert changed <= checkpoint.changes.keys()
