"""The training loop: an encoder learns one task, with the zero-shot head kept as it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from torch.optim import SGD, AdamW, Optimizer

from mergeability.domains import Domain, domain_of
from mergeability.finetuning.regularizers import prepare_regularizer
from mergeability.finetuning.state import StateFile, Training
from mergeability.joblog import logger, progress
from mergeability.optimization import check_finite, sample_batches, warmup_cosine

_PRECISIONS = {
    "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16
}  # fmt: skip


class Examples(Protocol):
    """An array of examples, or anything else that gives some by their indices."""

    def __getitem__(self, batch: NDArray[np.int64], /) -> NDArray[Any]: ...


def finetune(
    tower: nn.Module,
    architecture: Mapping[str, Any],
    head: Tensor,
    examples: Examples,
    labels: NDArray[np.int64],
    recipe: Mapping[str, Any],
    seed: int,
    device: str = "cpu",
    state_file: StateFile | None = None,
) -> None:
    """Train `tower` in place on examples of its domain; `head` is [classes, embedding].

    The recipe is that of one task (`recipe.recipe_of_task`); config/README.md explains its keys.
    With a `state_file`, a run that was killed goes on where it was last saved and ends with the
    same weights. These depend on nothing but the arguments, the kind of device and the number of
    threads: byte for byte on the CPU, on a GPU as far as its kernels are deterministic.

    Raises `ValueError` for labels beyond the head, a batch larger than the data and `float16`
    without CUDA, `FloatingPointError` if training diverges.
    """
    _check(recipe, labels, len(head), device)
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    tower.to(device).train()
    weights = dict(tower.named_parameters())
    domain = domain_of(architecture)
    batches = sample_batches(
        rng, len(labels), _samples_seen(recipe, len(labels)), recipe["batch_size"]
    )
    optimizer = _optimizer(weights.values(), recipe)
    schedule = warmup_cosine(optimizer, recipe["warmup_steps"], len(batches))
    # Without float16 the scaler does nothing.
    scaler = torch.amp.GradScaler(device, enabled=recipe["precision"] == "float16")
    add_penalty = prepare_regularizer(recipe.get("regularizer"), weights)
    training = Training(tower, optimizer, schedule, scaler, rng)
    first = state_file.restore(training) if state_file else 0
    classify = _classifier(tower, domain, head.detach().to(device), recipe, device)

    loss = penalty = torch.zeros(())
    for step in progress(range(first, len(batches)), len(batches) - first, "fine-tuning"):
        batch = batches[step]
        shown = domain.augment(rng, domain.to_tensor(examples[batch]), recipe["max_shift"])
        target = torch.from_numpy(labels[batch]).to(device)
        losses = partial(_losses, classify, shown, target, recipe["accumulation"])
        optimizer.zero_grad()
        loss = _add_gradients(losses(), scaler)
        check_finite(loss, "fine-tuning", step)
        scaler.unscale_(optimizer)
        penalty = add_penalty(weights, losses)
        nn.utils.clip_grad_norm_(weights.values(), recipe["clip_norm"])
        scaler.step(optimizer)
        scaler.update()
        schedule.step()
        if state_file and step + 1 < len(batches):
            state_file.save_if_due(training, step + 1)
    logger.info("fine-tuning: loss %.4g and penalty %.4g in the last step", loss, penalty)
    tower.eval()


def _check(recipe: Mapping[str, Any], labels: NDArray[np.int64], classes: int, device: str) -> None:
    if labels.max() >= classes:
        raise ValueError(f"label {labels.max()} is beyond the {classes} classes of the head")
    if recipe["batch_size"] > len(labels):
        raise ValueError(
            f"batch_size {recipe['batch_size']} is larger than the {len(labels)} training samples; "
            "choose a smaller one"
        )
    if recipe["precision"] == "float16" and torch.device(device).type != "cuda":
        raise ValueError(
            "precision float16 needs a CUDA device (gpus_per_job); bfloat16 works on any"
        )


def _samples_seen(recipe: Mapping[str, Any], samples: int) -> int:
    return recipe["epochs"] * samples if "epochs" in recipe else recipe["samples_seen"]


def _optimizer(parameters: Iterable[nn.Parameter], recipe: Mapping[str, Any]) -> Optimizer:
    rate, decay = recipe["learning_rate"], recipe["weight_decay"]
    if recipe["optimizer"] == "sgd":
        return SGD(parameters, rate, momentum=recipe["momentum"], weight_decay=decay)
    return AdamW(parameters, rate, weight_decay=decay)


def _classifier(
    tower: nn.Module,
    domain: Domain,
    head: Tensor,
    recipe: Mapping[str, Any],
    device: str,
) -> Callable[[Tensor], Tensor]:
    """Maps rows of `Domain.to_tensor` to logits [N, classes], in the precision of the recipe."""
    precision = _PRECISIONS[recipe["precision"]]
    mixed = torch.autocast(torch.device(device).type, precision, enabled=precision != torch.float32)

    def classify(rows: Tensor) -> Tensor:
        batch = domain.batch(rows, device)
        with mixed:
            logits = normalize(tower(batch), dim=-1) @ head.T
        return logits.float()

    return classify


def _losses(
    classify: Callable[[Tensor], Tensor], rows: Tensor, target: Tensor, parts: int
) -> Iterator[Tensor]:
    """The mean cross-entropy of a batch as a sum of `parts` terms, each computed when asked for."""
    pieces = zip(rows.tensor_split(parts), target.tensor_split(parts), strict=True)
    for shown, wanted in pieces:
        yield cross_entropy(classify(shown), wanted) * (len(wanted) / len(target))


def _add_gradients(losses: Iterable[Tensor], scaler: torch.amp.GradScaler) -> Tensor:
    """Add the gradients of all `losses` to those of the parameters, and return their sum."""
    total = torch.zeros(())
    for loss in losses:
        scaler.scale(loss).backward()
        total = total + loss.detach().cpu()
    return total
