"""Weights that are no fine-tuned checkpoint are recognised, whatever precision they came in."""

from pathlib import Path

import numpy as np
import public_layouts as public
import pytest
import torch

from mergeability.checkpoints.importing import import_checkpoint
from mergeability.checkpoints.soundness import UnusableError, is_rounded
from mergeability.files import map_tensors
from mergeability.metrics.registry import parts_of
from mergeability.recommendation.candidate_metrics import Candidate, describe_candidates

CLIP = public.new_clip()
FAMILIES = ["effective_rank", "task_vector"]
SETTINGS = {"parts": parts_of(FAMILIES), "spectrum_size": 10, "subspace_rank": 4}
TYPES = [torch.float8_e4m3fn, torch.bfloat16, torch.float16, torch.float32, torch.float64]


def state(step: float = 0.0, seed: int = 0) -> public.State:
    """The state of the backbone, each entry moved at random by about `step` of its size."""
    made = torch.Generator().manual_seed(seed)
    return {
        name: tensor * (1 + step * torch.randn(tensor.shape, generator=made))
        for name, tensor in CLIP.state_dict().items()
    }


def save(content: public.State, folder: Path, name: str, kind: torch.dtype) -> Path:
    return public._save({key: t.to(kind) for key, t in content.items()}, folder / name)


@pytest.fixture
def pretrained(tmp_path):
    return public.write_backbone(tmp_path, CLIP)


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_the_backbone_is_refused_in_any_precision(tmp_path, pretrained, kind):
    path = save(state(), tmp_path, "backbone.safetensors", kind)
    with pytest.raises(UnusableError, match=r"backbone\.safetensors: the weights of the backbone"):
        import_checkpoint(path, map_tensors(pretrained))


def test_rounding_twice_and_types_that_are_mixed_are_rounding(tmp_path, pretrained):
    tensors = {k: t.half().bfloat16().float() for k, t in state().items()}
    tensors |= {k: t for k, t in state().items() if "ln_" in k}
    path = save(tensors, tmp_path, "mixed.safetensors", torch.float32)
    with pytest.raises(UnusableError, match="rounded to another precision"):
        import_checkpoint(path, map_tensors(pretrained))


@pytest.mark.parametrize(
    ("kind", "step"), [(torch.bfloat16, 0.01), (torch.float16, 1e-3), (torch.float32, 1e-6)]
)
def test_small_updates_that_their_type_can_tell_are_kept(tmp_path, pretrained, kind, step):
    path = save(state(step), tmp_path, "small.safetensors", kind)
    assert import_checkpoint(path, map_tensors(pretrained)).tensors


def test_small_weights_are_rounded_in_absolute_steps():
    weights = {"w": np.float32([3e-7, 0.5])}
    assert is_rounded({"w": weights["w"].astype(np.float16).astype(np.float32)}, weights)
    assert not is_rounded(weights, {"w": np.float32([3e-7, 0.501])})


@pytest.mark.parametrize("value", [1e12, 1e30, -3e4])
def test_diverged_weights_are_refused(tmp_path, pretrained, value):
    tensors = state(0.01)
    tensors["visual.ln_post.bias"] = torch.full_like(tensors["visual.ln_post.bias"], value)
    path = save(tensors, tmp_path, "far.safetensors", torch.float32)
    with pytest.raises(UnusableError, match=r"far\.safetensors: .* the training diverged"):
        import_checkpoint(path, map_tensors(pretrained))


def described(files, pretrained):
    left_out: dict[str, str] = {}
    candidates = {name: Candidate(path, {}, None) for name, path in files.items()}
    pairs = describe_candidates(candidates, pretrained, FAMILIES, SETTINGS, 4, "cpu", 1, left_out)
    return {*zip(pairs["task_a"], pairs["task_b"], strict=True)}, left_out


def test_what_is_of_no_use_is_left_out_by_name(tmp_path, pretrained):
    contents = {
        "again": (state(0.1, 1), torch.float16),
        "bird": (state(0.1, 1), torch.float32),
        "broken": ({k: t * float("nan") for k, t in state().items()}, torch.float32),
        "checkpoint": (state(0.1, 2), torch.float32),
        "plain": (state(), torch.bfloat16),
        "wild": (state(1e12), torch.float32),
        "zebra": (state(0.1, 3), torch.bfloat16),
    }
    files = {
        name: save(content, tmp_path, f"{name}.safetensors", kind)
        for name, (content, kind) in contents.items()
    }
    pairs, left_out = described(files, pretrained)
    assert pairs == {("again", "checkpoint"), ("again", "zebra"), ("checkpoint", "zebra")}
    assert left_out.keys() == {"bird", "broken", "plain", "wild"}
    assert all(reason.startswith(str(files[name])) for name, reason in left_out.items())
    assert "candidate again once more" in left_out["bird"]
    few = {name: files[name] for name in ("again", "bird", "plain")}
    with pytest.raises(ValueError, match="1 of 3 candidates can be compared"):
        described(few, pretrained)


@pytest.mark.parametrize("names", [("birds", "checkpoint"), ("checkpoint", "zebra")])
def test_a_candidate_may_be_called_checkpoint(tmp_path, pretrained, names):
    files = {
        name: save(state(0.1, seed), tmp_path, f"{name}.safetensors", torch.float32)
        for seed, name in enumerate(names)
    }
    assert described(files, pretrained) == ({names}, {})
