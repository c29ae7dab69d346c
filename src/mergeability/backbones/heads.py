"""Zero-shot classifiers from embeddings of class names."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import normalize

if TYPE_CHECKING:  # importing open_clip takes longer than all else that text needs
    from mergeability.backbones.light_open_clip import CLIP

Tokenize = Callable[[list[str]], Tensor]


@torch.no_grad()
def build_head(
    clip: "CLIP", tokenize: Tokenize, class_names: Sequence[str], templates: Sequence[str]
) -> Tensor:
    """Weights [classes, embed_dim] that turn normalised image features into logits.

    They are the embeddings of the text tower, times the logit scale of the model.
    """
    clip.eval()
    device = clip.logit_scale.device
    return head_of_prompts(
        lambda prompts: clip.encode_text(tokenize(prompts).to(device), normalize=True),
        clip.logit_scale.exp(),
        class_names,
        templates,
    )


def head_of_prompts(
    embed: Callable[[list[str]], Tensor],
    scale: Tensor | float,
    class_names: Sequence[str],
    templates: Sequence[str],
) -> Tensor:
    """Weights [classes, embedding]; `embed` gives normalised embeddings of prompts.

    Per class, the normalised embeddings of its prompts (one per template, whose `{}` is the
    class name) are averaged and normalised, and multiplied by `scale` (Radford et al. 2021,
    section 3.1.4).
    """
    rows = []
    for name in class_names:
        prompts = embed([template.format(name) for template in templates])
        rows.append(normalize(prompts.mean(dim=0), dim=0))
    return torch.stack(rows) * scale
