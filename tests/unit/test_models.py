"""What is known of open_clip's models before open_clip is imported."""

import open_clip
import pytest

from mergeability.backbones.architecture import build_vision_tower
from mergeability.backbones.models import open_clip_models, vision_megabytes


@pytest.mark.parametrize("name", ["ViT-B-32-quickgelu", "ViT-B-16-quickgelu", "ViT-L-14-quickgelu"])
def test_the_size_of_a_tower_is_known_within_a_percent(name):
    model = open_clip_models()[name]
    assert model == open_clip.get_model_config(name)
    tower = build_vision_tower({**model, "image_mean": [0] * 3, "image_std": [1] * 3})
    exact = sum(4 * weight.numel() for weight in tower.parameters()) / 1e6
    assert vision_megabytes(model) == pytest.approx(exact, rel=0.01)


def test_models_that_are_no_plain_clip_are_left_out():
    others = {"RN50", "coca_ViT-B-32", "convnext_base", "roberta-ViT-B-32", "ViT-B-16-SigLIP"}
    assert not others & set(open_clip_models())
    assert others <= set(open_clip.list_models())
