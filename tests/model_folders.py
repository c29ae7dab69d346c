"""Small models as people keep them: folders in shards, training checkpoints, adapters."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

State = dict[str, Tensor]
LAYERS, WIDTH, WORDS = 2, 16, 24


def llama(seed: int = 0) -> State:
    """The names of a small Llama with untied embeddings."""
    made = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=made) / WIDTH**0.5

    state = {"model.embed_tokens.weight": draw(WORDS, WIDTH)}
    for layer in range(LAYERS):
        block = f"model.layers.{layer}."
        for part in "qkvo":
            state[f"{block}self_attn.{part}_proj.weight"] = draw(WIDTH, WIDTH)
        state[f"{block}mlp.up_proj.weight"] = draw(2 * WIDTH, WIDTH)
        state[f"{block}mlp.down_proj.weight"] = draw(WIDTH, 2 * WIDTH)
        state[f"{block}input_layernorm.weight"] = 1 + draw(WIDTH)
    state |= {"model.norm.weight": 1 + draw(WIDTH), "lm_head.weight": draw(WORDS, WIDTH)}
    return state


def tuned(state: State, seed: int, step: float = 0.02) -> State:
    """Weights a small step away."""
    made = torch.Generator().manual_seed(seed)
    return {n: t + step * torch.randn(t.shape, generator=made) for n, t in state.items()}


def cast(state: State, kind: torch.dtype) -> State:
    return {name: tensor.to(kind) for name, tensor in state.items()}


def save_one(state: State, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({n: t.contiguous() for n, t in state.items()}, path, metadata={"format": "pt"})
    return path


def save_torch(content: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
    return path


def save_folder(state: State, folder: Path, shards: int = 1, kind: str = "safetensors") -> Path:
    """As `save_pretrained` does, with config and tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH}
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')
    (folder / "tokenizer_config.json").write_text("{}")
    stem = "model" if kind == "safetensors" else "pytorch_model"
    save = save_one if kind == "safetensors" else save_torch
    if shards == 1:
        save(state, folder / f"{stem}.{kind}")
        return folder
    place = {}
    for number in range(shards):
        file = f"{stem}-{number + 1:05d}-of-{shards:05d}.{kind}"
        part = {name: state[name] for name in list(state)[number::shards]}
        save(part, folder / file)
        place |= dict.fromkeys(part, file)
    size = sum(tensor.nbytes for tensor in state.values())
    index = {"metadata": {"total_size": size}, "weight_map": place}
    (folder / f"{stem}.{kind}.index.json").write_text(json.dumps(index))
    return folder


def factors(modules: list[str], base: State, rank: int = 4, seed: int = 0) -> State:
    """LoRA's tensors for linear layers of `base`, as PEFT names them."""
    made = torch.Generator().manual_seed(seed)
    state = {}
    for module in modules:
        rows, columns = base[f"{module}.weight"].shape
        name = f"base_model.model.{module}"
        state[f"{name}.lora_A.weight"] = 0.1 * torch.randn(rank, columns, generator=made)
        state[f"{name}.lora_B.weight"] = 0.1 * torch.randn(rows, rank, generator=made)
    return state


def save_adapter(state: State, folder: Path, **config: Any) -> Path:
    save_one(state, folder / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "base_model_name_or_path": "me/base"}
    (folder / "adapter_config.json").write_text(json.dumps(settings | config))
    return folder


def headless(state: State) -> State:
    """The names of a bare model, without what surrounds it and without its head."""
    return {n.removeprefix("model."): t for n, t in state.items() if n != "lm_head.weight"}


BASE = llama()
TUNED = tuned(BASE, 1)
UP = "model.layers.0.mlp.up_proj"
