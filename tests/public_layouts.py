"""Fine-tuned CLIPs as others publish them, written from open_clip's names and by hand."""

import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from mergeability.backbones.architecture import build_clip, state_arrays, vision_weights
from mergeability.files import write_tensors

SCRIPTS = Path(__file__).parents[1] / "workflow/scripts"

SMALL = {
    "embed_dim": 24,
    "quick_gelu": True,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.25, 0.2, 0.1],
    "vision_cfg": {"image_size": 12, "patch_size": 4, "width": 32, "layers": 3, "head_width": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2},
}

State = dict[str, Tensor]

_IN_BLOCK = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_VISION_TOP = {
    "class_embedding": "embeddings.class_embedding",
    "conv1.weight": "embeddings.patch_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_pre.weight": "pre_layrnorm.weight",
    "ln_pre.bias": "pre_layrnorm.bias",
    "ln_post.weight": "post_layernorm.weight",
    "ln_post.bias": "post_layernorm.bias",
}
_TEXT_TOP = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}


def new_clip(architecture: Mapping[str, Any] = SMALL, seed: int = 0) -> nn.Module:
    """A CLIP whose biases and norms are random too, so that no mistake can hide in zeros."""
    torch.manual_seed(seed)
    clip = build_clip(architecture).eval()
    with torch.no_grad():
        for name, parameter in clip.named_parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
            if name.endswith(("proj", "projection")):
                parameter.mul_(3)
    return clip


def finetuned(clip: nn.Module, projection: bool = True) -> State:
    """The state of a CLIP after a small step of its vision tower, with or without projection."""
    torch.manual_seed(1)
    return {
        name: tensor + 0.01 * torch.randn_like(tensor)
        if name.startswith("visual.") and (projection or name != "visual.proj")
        else tensor.clone()
        for name, tensor in clip.state_dict().items()
    }


def write_backbone(folder: Path, clip: nn.Module) -> Path:
    """The vision tower as a rule of backbones leaves it."""
    write_tensors(folder / "vision.safetensors", vision_weights(state_arrays(clip)))
    return folder / "vision.safetensors"


def hugging_face_vision(state: State) -> State:
    """A CLIPVisionModel: no projection."""
    tower = {k.removeprefix("visual."): v for k, v in state.items() if k.startswith("visual.")}
    tower.pop("proj")
    return _hugging_face(tower, "vision_model.", _VISION_TOP)


def hugging_face_clip(state: State) -> State:
    """A CLIPModel of an old version, which stored the numbers of positions."""
    text = {k: v for k, v in state.items() if not k.startswith("visual.")}
    scale, projection = text.pop("logit_scale"), text.pop("text_projection")
    return {
        **hugging_face_vision(state),
        **_hugging_face(text, "text_model.", _TEXT_TOP),
        "visual_projection.weight": state["visual.proj"].T.contiguous(),
        "text_projection.weight": projection.T.contiguous(),
        "logit_scale": scale,
        "vision_model.embeddings.position_ids": torch.arange(10)[None],
        "text_model.embeddings.position_ids": torch.arange(77)[None],
    }


def _hugging_face(tower: State, prefix: str, top: Mapping[str, str]) -> State:
    named: State = {}
    for name, tensor in tower.items():
        if not name.startswith("transformer.resblocks."):
            named[prefix + top[name]] = tensor
            continue
        number, rest = name.removeprefix("transformer.resblocks.").split(".", 1)
        layer = f"{prefix}encoder.layers.{number}."
        if rest.startswith("attn.in_proj_"):
            for part, piece in zip("qkv", tensor.chunk(3), strict=True):
                kind = rest.removeprefix("attn.in_proj_")
                named[f"{layer}self_attn.{part}_proj.{kind}"] = piece.contiguous()
        else:
            module, kind = rest.rsplit(".", 1)
            named[f"{layer}{_IN_BLOCK[module]}.{kind}"] = tensor
    return named


def image_encoder_state(state: State) -> State:
    """The state of task_vectors' ImageEncoder: no text transformer, but what surrounds it."""
    return {f"model.{k}": v for k, v in state.items() if not k.startswith("transformer.")}


def save_fusionbench(state: State, folder: Path) -> Path:
    return _save(hugging_face_vision(state), folder / "model.safetensors")


def save_flat_fusionbench(state: State, folder: Path) -> Path:
    """As a model in the memory of transformers 5 names its weights."""
    flat = {k.removeprefix("vision_model."): v for k, v in hugging_face_vision(state).items()}
    return _save(flat, folder / "flat.safetensors")


def save_hugging_face_clip(state: State, folder: Path) -> Path:
    return _save(hugging_face_clip(state), folder / "clip.safetensors")


def save_hugging_face_bin(state: State, folder: Path) -> Path:
    torch.save(hugging_face_clip(state), folder / "pytorch_model.bin")
    return folder / "pytorch_model.bin"


def save_crisostomi(state: State, folder: Path) -> Path:
    torch.save(image_encoder_state(state), folder / "pytorch_model.bin")
    return folder / "pytorch_model.bin"


def save_tall_masks(state: State, folder: Path) -> Path:
    content = {**image_encoder_state(state), "model_name": "ViT-B-32"}
    torch.save(content, folder / "nonlinear_finetuned.pt")
    return folder / "nonlinear_finetuned.pt"


def save_old_torch(state: State, folder: Path) -> Path:
    path = folder / "legacy.pt"
    torch.save(image_encoder_state(state), path, _use_new_zipfile_serialization=False)
    return path


def save_open_clip(state: State, folder: Path) -> Path:
    return _save(state, folder / "open_clip_model.safetensors")


def save_openai(state: State, folder: Path) -> Path:
    """OpenAI's state dict also says how large its model is."""
    sizes = {"input_resolution": 12, "context_length": 77, "vocab_size": 49408}
    content = {**state, **{name: torch.tensor(size) for name, size in sizes.items()}}
    torch.save(content, folder / "openai.pt")
    return folder / "openai.pt"


def save_vision_tower(state: State, folder: Path) -> Path:
    tower = {k.removeprefix("visual."): v for k, v in state.items() if k.startswith("visual.")}
    return _save(tower, folder / "tower.safetensors")


def save_task_vectors(state: State, folder: Path, clip: nn.Module) -> Path:
    """A pickled ImageEncoder, of a module that only its author has."""
    clip.load_state_dict(state)
    with foreign_module() as source:
        encoder = source.ImageEncoder(clip)
        torch.save(encoder, folder / "finetuned.pt")
    return folder / "finetuned.pt"


@contextmanager
def foreign_module() -> Iterator[ModuleType]:
    """`src.modeling`, importable inside the context only."""
    package, modeling = ModuleType("src"), ModuleType("src.modeling")

    class ImageEncoder(nn.Module):
        def __init__(self, clip: nn.Module) -> None:
            super().__init__()
            self.model = clip
            self.register_buffer("scratch", torch.ones(2), persistent=False)
            self.train_preprocess = preprocess
            self.cache_dir = "somewhere"
            del self.model.transformer

    def preprocess() -> None:
        raise AssertionError("code of the checkpoint was run")

    for member in (ImageEncoder, preprocess):
        member.__module__, member.__qualname__ = "src.modeling", member.__name__
        setattr(modeling, member.__name__, member)
    sys.modules |= {"src": package, "src.modeling": modeling}
    try:
        yield modeling
    finally:
        del sys.modules["src"], sys.modules["src.modeling"]


def run_script(name: str, **namespace: Mapping[str, Any]) -> None:
    """Run the script of a rule as Snakemake would, with its files, params and wildcards."""
    snakemake = SimpleNamespace(
        **{key: SimpleNamespace(**value) for key, value in namespace.items() if key != "log"},
        log=namespace["log"],
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": snakemake})


def import_into(folder: Path, source: Path, pretrained: Path, **entry: Any) -> Path:
    """Run the rule that imports a checkpoint, with its config entry; the path of what it writes."""
    checkpoint = folder / "results/task.safetensors"
    run_script(
        "checkpoints/import_checkpoint",
        input={"source": str(source), "pretrained": str(pretrained)},
        params={"source": entry},
        output={"checkpoint": str(checkpoint)},
        wildcards={"task": "task"},
        log=[str(folder / "logs/import.log")],
    )
    return checkpoint


def _save(tensors: State, path: Path) -> Path:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return path
