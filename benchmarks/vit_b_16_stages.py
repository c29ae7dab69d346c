"""What `vit_b_16.py` measures: every stage is a function that runs in a process of its own."""

import copy
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from stopwatch import Laps, Stopwatch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Subset
from torchvision import transforms

from mergeability.backbones.architecture import build_vision_tower, state_arrays
from mergeability.backbones.encoder import Encoder, to_device
from mergeability.datasets.splits import Split, read_split, write_split
from mergeability.evaluation import evaluate_encoder
from mergeability.files import read_tensors, write_json, write_tensors
from mergeability.metrics.sketching import DataFiles, read_sketch_inputs, sketch
from mergeability.naming import stable_seed

ARCHITECTURE: dict[str, Any] = {
    "embed_dim": 512,
    "quick_gelu": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "vision_cfg": {"image_size": 224, "patch_size": 16, "width": 768, "layers": 12},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12},
}
CLASSES = 10
STAGES = {
    "task vector": ["task_vector"],
    "singular vectors": ["subspace"],
    "activations": ["activation"],
    "gradients": ["gradient"],
}


# The zoo: random weights, and task vectors that share some directions and have some of their own.


def make_base(folder: Path, tasks: Iterable[str], samples: int) -> None:
    """Architecture, random pretrained weights, and per task a head and random images."""
    torch.manual_seed(0)
    write_json(folder / "architecture.json", ARCHITECTURE)
    write_tensors(folder / "base.safetensors", state_arrays(build_vision_tower(ARCHITECTURE)))
    for task in tasks:
        generator = torch.Generator().manual_seed(stable_seed(0, task))
        head = torch.randn(CLASSES, ARCHITECTURE["embed_dim"], generator=generator)
        head = 100 * functional.normalize(head, dim=1)
        write_tensors(folder / f"{task}.head.safetensors", {"weight": head.numpy()})
        write_split(folder / f"{task}.own.safetensors", *random_split(samples, generator))


def make_checkpoint(folder: Path, task: str) -> None:
    """A checkpoint of random weights."""
    own = torch.Generator().manual_seed(stable_seed(1, task))
    shared = torch.Generator().manual_seed(0)
    weights = {}
    for name, weight in to_device(read_tensors(folder / "base.safetensors"), "cpu").items():
        update = torch.randn(weight.shape, generator=own)
        if weight.dim() == 2:
            update += _low_rank(weight.shape, shared) + _low_rank(weight.shape, own)
        weights[name] = (weight + 3e-4 * update).numpy()
    write_tensors(folder / f"{task}.safetensors", weights)


def _low_rank(shape: torch.Size, generator: torch.Generator, rank: int = 16) -> Tensor:
    left, right = (torch.randn(size, rank, generator=generator) for size in shape)
    return (left * torch.logspace(0, -1, rank)) @ right.T


def random_split(samples: int, generator: torch.Generator) -> Split:
    """Random images of the size of the tower, with random labels."""
    size = ARCHITECTURE["vision_cfg"]["image_size"]
    images = torch.randint(256, (samples, size, size, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(CLASSES, (samples,), generator=generator)
    return Split(images.numpy(), labels.numpy())


def _data_files(folder: Path, task: str, tasks: Iterable[str]) -> DataFiles:
    return DataFiles(
        task,
        folder / "architecture.json",
        folder / f"{task}.head.safetensors",
        folder / f"{task}.own.safetensors",
        [folder / f"{other}.own.safetensors" for other in tasks],
    )


# The workflow, through the functions that its rules call.


def sketch_task(
    folder: Path, task: str, tasks: list[str], settings: dict[str, Any], batch_size: int
) -> Laps:
    """What the rule `sketch_checkpoint` does."""
    watch = Stopwatch()
    files = _data_files(folder, task, tasks)
    subject = read_sketch_inputs(
        folder / "base.safetensors", folder / f"{task}.safetensors", files, "cpu"
    )
    watch.stop("reading")
    parts = {}
    for stage, wanted in STAGES.items():
        parts |= sketch(subject, {**settings, "parts": wanted}, batch_size)
        watch.stop(stage)
    write_tensors(
        folder / f"{task}.sketch.safetensors", parts, {"settings": settings, "task": task}
    )
    watch.stop("writing")
    return watch.laps


# What is needed at least, and the published way, on models and images that are there already.


class Subject(NamedTuple):
    """A model and what it looks at, as tensors."""

    model: nn.Module
    tau: dict[str, Tensor]
    common: Tensor  # normalised images of all tasks
    own: Tensor  # normalised images of the own task
    labels: Tensor
    head: Tensor


def _read(folder: Path, task: str, tasks: Iterable[str]) -> Subject:
    files = _data_files(folder, task, tasks)
    subject = read_sketch_inputs(
        folder / "base.safetensors", folder / f"{task}.safetensors", files, "cpu"
    )
    encoder, data = subject.encoder, subject.data
    assert encoder and data
    return Subject(
        encoder.tower,
        dict(subject.tau),
        encoder.batch(data.common_examples),
        encoder.batch(data.own.examples),
        torch.from_numpy(data.own.labels),
        data.head,
    )


def _loss(model: nn.Module, images: Tensor, labels: Tensor, head: Tensor) -> Tensor:
    return functional.cross_entropy(functional.normalize(model(images), dim=-1) @ head.T, labels)


def floor(folder: Path, task: str, tasks: list[str], batch_size: int) -> Laps:
    """One forward pass, one backward pass, and one thin SVD of every matrix."""
    subject = _read(folder, task, tasks)
    watch = Stopwatch()
    with torch.inference_mode():
        for batch in subject.common.split(batch_size):
            subject.model(batch)
    watch.stop("one forward pass")
    images = subject.own.requires_grad_(True)
    _loss(subject.model, images, subject.labels, subject.head).backward()
    watch.stop("one backward pass")
    for update in subject.tau.values():
        if update.dim() == 2:
            torch.linalg.svd(update.double(), full_matrices=False)
    watch.stop("one SVD")
    return watch.laps


def published_pair(folder: Path, pair: tuple[str, str], tasks: list[str]) -> Laps:
    """One pair in the way of Rose-STL-Lab/demystifying-mergeability (commit 38ffac79).

    `scripts/compute_mergeability.py` there calls a function per metric and pair. Each of the 4 for
    activations copies both models and sends all images through them, in batches of 32; each of
    the 6 for gradients copies both models and goes forward and backward in batches of 8, whether
    it is for the parameters or for the pixels. The SVDs are shared by the metrics of a pair: one
    per matrix and model, and one of the two stacked vectors, as a whole and for every tensor. Each
    kind of pass is timed once here. Not counted: reading and decoding images for every metric.
    """
    first, second = (_read(folder, task, tasks) for task in pair)
    watch = Stopwatch()
    for subject in (first, second):
        _published_activation(subject)
    watch.stop("activations")
    gradients = [_published_gradient(subject) for subject in (first, second)]
    functional.cosine_similarity(*gradients, dim=0)
    watch.stop("gradients")
    for name, update in first.tau.items():
        if update.dim() == 2:
            for tau in (first.tau, second.tau):
                torch.linalg.svd(tau[name], full_matrices=False)
    watch.stop("SVDs of matrices")
    torch.linalg.svd(torch.stack([_flat(first.tau), _flat(second.tau)]), full_matrices=False)
    for name in first.tau:
        rows = torch.stack([tau[name].flatten() for tau in (first.tau, second.tau)])
        torch.linalg.svd(rows, full_matrices=False)
    watch.stop("SVDs of stacked vectors")
    for _ in range(5):
        functional.cosine_similarity(_flat(first.tau), _flat(second.tau), dim=0)
    watch.stop("task vectors")
    return watch.laps


def _published_activation(subject: Subject) -> Tensor:
    model = copy.deepcopy(subject.model).eval()
    means = []
    handle = model.get_submodule("transformer.resblocks.11").register_forward_hook(
        lambda _module, _inputs, output: means.append(output.mean(dim=1))
    )
    with handle, torch.no_grad():
        for batch in subject.common.split(32):
            model(batch)
    return torch.cat(means).mean(dim=0)


def _published_gradient(subject: Subject) -> Tensor:
    model = copy.deepcopy(subject.model).train()
    total: list[Tensor] = []
    for images, labels in zip(subject.own.split(8), subject.labels.split(8), strict=True):
        model.zero_grad()
        _loss(model, images, labels, subject.head).backward()
        gradients = [parameter.grad.clone() for parameter in model.parameters()]
        total = [a + b for a, b in zip(total, gradients, strict=True)] if total else gradients
    return torch.cat([gradient.flatten() for gradient in total]) / len(subject.labels)


def _flat(tau: Mapping[str, Tensor]) -> Tensor:
    return torch.cat([tau[name].flatten() for name in sorted(tau)])


# Evaluation.


class Jpegs(Dataset):
    """Encoded images, decoded and preprocessed one by one, as CLIP's own transform does."""

    def __init__(self, split: Split) -> None:
        self.files, self.labels = [], split.labels
        for image in split.examples:
            file = io.BytesIO()
            Image.fromarray(image).save(file, "JPEG", quality=95)
            self.files.append(file)
        self.transform = transforms.Compose(
            [
                transforms.Resize(224, transforms.InterpolationMode.BICUBIC),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize(ARCHITECTURE["image_mean"], ARCHITECTURE["image_std"]),
            ]
        )

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.open(self.files[index]).convert("RGB")), self.labels[index]


def evaluate(folder: Path, task: str, images: int, batch_size: int) -> Laps:
    """`evaluate_encoder`, and a plain loop over a DataLoader, in turns on the same images."""
    encoder = Encoder(folder / "architecture.json", "cpu").load(
        read_tensors(folder / f"{task}.safetensors")
    )
    head = encoder.read_head(folder / f"{task}.head.safetensors")
    split = random_split(images, torch.Generator().manual_seed(1))
    write_split(folder / "test.safetensors", *split)
    mapped, jpegs = read_split(folder / "test.safetensors"), Jpegs(split)
    watch = Stopwatch()
    for start in range(0, images, batch_size):
        part = slice(start, start + batch_size)
        evaluate_encoder(
            encoder, head, Split(mapped.examples[part], mapped.labels[part]), batch_size
        )
        watch.stop("workflow")
        rows = range(images)[part]
        _plain_loop(encoder.tower, head, DataLoader(Subset(jpegs, rows), batch_size))
        watch.stop("DataLoader")
    return watch.laps


@torch.no_grad()
def _plain_loop(model: nn.Module, head: Tensor, loader: Iterable[tuple[Tensor, Tensor]]) -> float:
    correct = total = 0
    for images, labels in loader:
        logits = functional.normalize(model(images), dim=-1) @ head.T
        correct += (logits.argmax(dim=-1) == labels).sum().item()
        total += len(labels)
    return correct / total
