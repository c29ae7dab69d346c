"""Candidates are described whatever they are called, and errors name their files."""

import pytest
import torch
from public_layouts import new_clip, write_backbone
from safetensors.torch import save_file

from mergeability.metrics.registry import parts_of
from mergeability.recommendation.candidate_metrics import Candidate, describe_candidates


@pytest.fixture
def described(tmp_path):
    """A function that describes candidates of which only the tensors named so were changed."""
    clip = new_clip()
    pretrained = write_backbone(tmp_path, clip)

    def describe(names, families, changed="", odd=()):
        candidates = {}
        for seed, name in enumerate(names):
            generator = torch.Generator().manual_seed(seed)
            state = {
                key: tensor.clone()
                + 0.01 * torch.randn(tensor.shape, generator=generator) * (changed in key)
                for key, tensor in clip.state_dict().items()
            }
            if name in odd:
                state["visual.proj"] = state["visual.proj"][:, :4].clone()
            save_file(state, tmp_path / f"{name}.safetensors")
            candidates[name] = Candidate(tmp_path / f"{name}.safetensors", {}, None)
        settings = {"parts": parts_of(families), "spectrum_size": 10, "subspace_rank": 4}
        return describe_candidates(candidates, pretrained, families, settings, 4, "cpu", 1)

    return describe


@pytest.mark.parametrize("name", ["checkpoint", "sketches", "zebra"])
def test_any_name_will_do(described, name):
    usual = described(["birds", "other", "zoo"], ["task_vector"])
    named = described(["birds", name, "zoo"], ["task_vector"])
    assert sorted({*named["task_a"], *named["task_b"]}) == sorted(["birds", name, "zoo"])
    assert sorted(named["task_vector_cosine_similarity"].round(6)) == sorted(
        usual["task_vector_cosine_similarity"].round(6)
    )


def test_a_warning_names_the_files_of_the_candidates(described, tmp_path, caplog):
    pairs = described(["a", "b"], ["subspace"], changed="bias")
    assert pairs.drop(columns=["task_a", "task_b"]).isna().all(axis=None)
    (warning,) = [r.getMessage() for r in caplog.records if "no matrix was changed" in r.message]
    assert warning.startswith(f"{tmp_path}/a.safetensors and {tmp_path}/b.safetensors: ")


def test_weights_of_another_backbone_are_refused_and_the_line_names_the_way_out(
    described, tmp_path
):
    with pytest.raises(
        ValueError, match="metrics need the zoo's backbone: name `proxies`"
    ) as found:
        described(["a", "b"], ["task_vector"], odd=["b"])
    (line,) = str(found.value).splitlines()
    assert line.startswith(f"{tmp_path}/b.safetensors: ")
