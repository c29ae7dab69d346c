"""Contrastive pretraining of a small CLIP on image-caption pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from mergeability.backbones.architecture import Architecture, build_clip, normalize_images
from mergeability.backbones.light_open_clip import CLIP
from mergeability.backbones.tokenizer import WordTokenizer
from mergeability.joblog import progress
from mergeability.optimization import check_finite, sample_batches, warmup_cosine

_LARGEST_LOGIT_SCALE = float(np.log(100))  # as in CLIP: keeps training stable


def pretrain(
    images: NDArray[np.uint8],
    captions: Sequence[str],
    architecture: Architecture,
    tokenizer: WordTokenizer,
    recipe: Mapping[str, Any],
    seed: int,
    device: str = "cpu",
) -> CLIP:
    """Train both towers from scratch on images [N, H, W, 3] and their captions.

    The recipe has `epochs`, `batch_size`, `learning_rate`, `weight_decay`, `warmup_steps` and
    `clip_norm`. Raises `ValueError` if the tokenizer has more words than the text tower, and
    `FloatingPointError` if training diverges.
    """
    if tokenizer.vocab_size > architecture["text_cfg"]["vocab_size"]:
        raise ValueError(
            f"the captions need a vocabulary of {tokenizer.vocab_size} tokens, but "
            f"text_cfg.vocab_size is {architecture['text_cfg']['vocab_size']}"
        )
    torch.manual_seed(seed)
    clip = build_clip(architecture).to(device).train()
    distinct, caption_of = np.unique(np.asarray(captions), return_inverse=True)
    tokens = tokenizer(distinct.tolist())
    optimizer = torch.optim.AdamW(
        clip.parameters(), recipe["learning_rate"], weight_decay=recipe["weight_decay"]
    )
    samples_seen = recipe["epochs"] * len(images)
    rng = np.random.default_rng(seed)
    batches = sample_batches(rng, len(images), samples_seen, recipe["batch_size"])
    schedule = warmup_cosine(optimizer, recipe["warmup_steps"], len(batches))
    for step, batch in enumerate(progress(batches, len(batches), "pretraining")):
        shown, target = np.unique(caption_of[batch], return_inverse=True)
        inputs = normalize_images(images[batch], architecture).to(device)
        image_features = clip.encode_image(inputs, normalize=True)
        text_features = clip.encode_text(tokens[shown].to(device), normalize=True)
        logits = clip.logit_scale.exp() * image_features @ text_features.T
        loss = contrastive_loss(logits, torch.from_numpy(target).to(device))
        check_finite(loss, "pretraining", step)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(clip.parameters(), recipe["clip_norm"])
        optimizer.step()
        schedule.step()
        clip.logit_scale.data.clamp_(0, _LARGEST_LOGIT_SCALE)
    return clip.eval()


def contrastive_loss(logits: Tensor, target: Tensor) -> Tensor:
    """CLIP's loss where several images may share a caption.

    `logits` are [images, distinct captions], `target` [images] says which caption is whose. Each
    image shall find its caption, and each caption all of its images alike.
    """
    owned = torch.nn.functional.one_hot(target, logits.shape[1]).to(logits.dtype)
    share = owned.T / owned.sum(dim=0)[:, None]
    return (cross_entropy(logits, target) + cross_entropy(logits.T, share)) / 2
