"""Zero-shot classifiers from the text tower."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from mergeability.backbones.light_open_clip import CLIP

Tokenize = Callable[[list[str]], Tensor]


@torch.no_grad()
def build_head(
    clip: CLIP, tokenize: Tokenize, class_names: Sequence[str], templates: Sequence[str]
) -> Tensor:
    """Weights [classes, embed_dim] that turn normalised image features into logits.

    Per class, the normalised embeddings of its prompts (one per template, whose `{}` is the
    class name) are averaged and normalised, and multiplied by the logit scale of the model
    (Radford et al. 2021, section 3.1.4).
    """
    clip.eval()
    device = clip.logit_scale.device
    rows = []
    for name in class_names:
        prompts = tokenize([template.format(name) for template in templates]).to(device)
        rows.append(normalize(clip.encode_text(prompts, normalize=True).mean(dim=0), dim=0))
    return torch.stack(rows) * clip.logit_scale.exp()
