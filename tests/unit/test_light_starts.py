"""A job that runs an encoder starts without what it does not use."""

import subprocess
import sys

import public_layouts as public

from mergeability.files import write_json

CODE = """
import sys
import torch
from mergeability.backbones.encoder import Encoder
from mergeability.backbones.light_open_clip import open_clip
from mergeability.device import set_up_device
Encoder(sys.argv[1], set_up_device(1, 0))
assert torch.are_deterministic_algorithms_enabled()
unused = {"torch._dynamo", "torch._inductor", "timm", "huggingface_hub", "transformers"}
assert not unused & sys.modules.keys(), unused & sys.modules.keys()
import torch._dynamo.utils
assert callable(torch._dynamo.utils.is_compile_supported)
assert torch._dynamo.utils.__file__, "the stand-in stayed"
import huggingface_hub
import timm
assert open_clip.get_model_config("ViT-B-32")["embed_dim"] == 512
optimizer = torch.optim.AdamW([torch.zeros(1, requires_grad=True)])
optimizer.step()
"""

OF_TEXTS = """
import sys
from mergeability.backbones.encoder import Encoder
from mergeability.backbones.sentence_encoders import random_architecture
from mergeability.domains import domain_of
sizes = {"width": 8, "layers": 1, "heads": 1, "context_length": 8, "temperature": 1}
domain_of(random_architecture(sizes)).build_tower()
assert not {"open_clip", "torchvision", "timm", "transformers"} & sys.modules.keys(), "too much"
"""


def test_encoders_of_texts_import_nothing_of_images():
    result = subprocess.run(
        [sys.executable, "-c", OF_TEXTS], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_encoders_import_nothing_unused_and_leave_no_stand_in(tmp_path):
    architecture = tmp_path / "architecture.json"
    write_json(architecture, public.SMALL)
    command = [sys.executable, "-c", CODE, str(architecture)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
