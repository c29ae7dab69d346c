"""Whether a GPU gives the CPU's numbers, and how fast it is: `python benchmarks/gpu.py`.

Fine-tuning (float32, and bfloat16 against it), evaluation, sketches, statistics of mergers and all
mergers run on the CPU and on one CUDA device, with random weights and images of the size of
ViT-B/16 (or `--size tiny`). Nothing is downloaded, and Snakemake is not needed. Every line shows
the relative difference ||gpu - cpu|| / ||cpu|| of a stage beside what is allowed, images or merges
per second on both, and what the GPU held. The program fails where a difference is larger.

Without CUDA it says so, and compares the CPU at tiny size with itself at another batch size: then
only bfloat16 differs, and what is tried is that all of this runs.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch
import vit_b_16_stages as stages
from mergers import random_statistics

from mergeability.backbones.encoder import Encoder, to_arrays, to_device
from mergeability.datasets.splits import Split
from mergeability.device import set_up_device
from mergeability.evaluation import evaluate_encoder
from mergeability.files import Tensors, read_tensors
from mergeability.finetuning.loop import finetune
from mergeability.merger_statistics import compute_statistics
from mergeability.mergers import merge_checkpoints
from mergeability.metrics.sketch import CalibrationData, sketch_behaviour, sketch_weights
from mergeability.plugins import EXAMPLES, MERGERS, merger_statistics
from mergeability.tensors import task_vector

TASKS = ["task0", "task1"]
TINY = {"image_size": 32, "patch_size": 8, "width": 64, "layers": 2}
IMAGES = {"tiny": 64, "vit_b_16": 256}
STEPS = 4
TASKS_OF_A_STUDY, CALIBRATION = 20, 10  # of the paper: pairs repeat what checkpoints need once
RECIPE = {
    "optimizer": "adamw", "batch_size": 16, "accumulation": 1, "learning_rate": 1e-5,
    "warmup_steps": 1, "weight_decay": 0.1, "clip_norm": 1.0, "max_shift": 0,
}  # fmt: skip


class Stage(NamedTuple):
    """Something to run: what it computes, how far its numbers may differ, how much work it is."""

    name: str
    compute: Callable[["Subject"], Tensors]
    allowed: float
    amount: int
    unit: str
    reference: Callable[["Subject"], Tensors] | None = None  # on the CPU, where it is another


class Subject:
    """Models and images of one size, on one device."""

    def __init__(self, folder: Path, device: str, batch_size: int, images: Split) -> None:
        self.device, self.batch_size, self.images = device, batch_size, images
        self.base, *models = (
            to_device(read_tensors(folder / f"{name}.safetensors"), device)
            for name in ("base", *TASKS)
        )
        self.checkpoints = dict(zip(TASKS, models, strict=True))
        self.encoder = Encoder(folder / "architecture.json", device)
        self.head = self.encoder.read_head(folder / f"{TASKS[0]}.head.safetensors")

    @property
    def tuned(self) -> Encoder:
        """The encoder with the weights of the first checkpoint."""
        return self.encoder.load(self.checkpoints[TASKS[0]])

    @property
    def few(self) -> Split:
        """The calibration samples of one task."""
        return Split(*(array[:CALIBRATION] for array in self.images))


def finetuned(precision: str) -> Callable[[Subject], Tensors]:
    """The update that a few steps make."""

    def compute(subject: Subject) -> Tensors:
        recipe = {**RECIPE, "precision": precision, "samples_seen": STEPS * RECIPE["batch_size"]}
        encoder = subject.encoder.load(subject.base)
        finetune(
            encoder.tower, encoder.architecture, subject.head, *subject.images, recipe, 0,
            subject.device,
        )  # fmt: skip
        trained = dict(encoder.tower.named_parameters())
        return to_arrays({n: weight - subject.base[n] for n, weight in trained.items()})

    return compute


def evaluated(subject: Subject) -> Tensors:
    """The loss; accuracies would jump where two classes are as likely."""
    score = evaluate_encoder(subject.tuned, subject.head, subject.images, subject.batch_size)
    return {"loss": np.array(score.loss)}


def sketched(parts: list[str]) -> Callable[[Subject], Tensors]:
    """Parts of a sketch; of singular vectors the values alone, since vectors have no sign."""

    def compute(subject: Subject) -> Tensors:
        few = subject.few
        data = CalibrationData(few, subject.head, np.concatenate([few.examples] * 2))
        tau = task_vector(subject.base, subject.checkpoints[TASKS[0]], TASKS[0])
        found = sketch_weights(tau, parts, 10, 100, subject.base)
        found |= sketch_behaviour(subject.tuned, data, parts, subject.batch_size)
        return {
            name: value for name, value in found.items() if not name.startswith(("left_", "right_"))
        }

    return compute


def stated(kind: str) -> Callable[[Subject], Tensors]:
    """What some mergers must know of a checkpoint."""
    return lambda subject: compute_statistics(
        kind, subject.tuned, subject.head, subject.few, subject.batch_size
    )


def merged(method: str) -> Callable[[Subject], Tensors]:
    """The update of a merge."""

    def compute(subject: Subject) -> Tensors:
        kind = merger_statistics(method)
        torch.manual_seed(0)
        cpu = {name: weight.cpu() for name, weight in subject.base.items()}
        known = {
            task: {n: t.to(subject.device) for n, t in random_statistics(kind, cpu).items()}
            for task in TASKS
            if kind
        }
        found = merge_checkpoints(
            subject.base, subject.checkpoints, method, {}, method, 0, known or None
        )
        return to_arrays({name: found[name] - weight for name, weight in subject.base.items()})

    return compute


def all_stages(images: int) -> Iterator[Stage]:
    """Allowed are rounding errors of float32, and more where an optimizer or an SVD adds some."""
    seen = STEPS * RECIPE["batch_size"]
    yield Stage("fine-tuning, float32", finetuned("float32"), 0.05, seen, "images")
    exact = finetuned("float32")
    yield Stage("fine-tuning, bfloat16", finetuned("bfloat16"), 0.3, seen, "images", exact)
    yield Stage("evaluation", evaluated, 1e-4, images, "images")
    yield Stage("singular values", sketched(["subspace"]), 1e-4, 1, "checkpoints")
    yield Stage("activations", sketched(["activation"]), 1e-3, 2 * CALIBRATION, "images")
    yield Stage("gradients", sketched(["gradient"]), 1e-2, CALIBRATION, "images")
    for kind in ("fisher", "gram"):
        yield Stage(f"statistics, {kind}", stated(kind), 1e-2, CALIBRATION, "images")
    for method in MERGERS.names():
        if merger_statistics(method) == EXAMPLES:
            continue  # it runs the encoder, which the stages before show
        yield Stage(f"merge, {method}", merged(method), 1e-3, 1, "merges")


@contextmanager
def utilisation() -> Iterator[list[float]]:
    """What nvidia-smi says four times a second, in percent."""
    seen: list[float] = []
    if not (torch.cuda.is_available() and shutil.which("nvidia-smi")):
        yield seen
        return
    query = [
        "nvidia-smi",
        "--query-gpu=utilization.gpu",
        "--format=csv,noheader,nounits",
        "-i",
        "0",
    ]
    ended = Event()

    def watch() -> None:
        while not ended.wait(0.25):
            seen.append(float(subprocess.run(query, capture_output=True, check=True).stdout))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def timed(compute: Callable[[Subject], Tensors], subject: Subject) -> tuple[Tensors, float]:
    """Numbers and seconds, after a first run on a GPU that loads its kernels."""
    cuda = subject.device == "cuda"
    if cuda:
        compute(subject)
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    start = perf_counter()
    numbers = compute(subject)
    if cuda:
        torch.cuda.synchronize()
    return numbers, perf_counter() - start


def difference(found: Tensors, reference: Tensors) -> float:
    """||found - reference|| / ||reference|| over all tensors together."""
    assert found.keys() == reference.keys()
    error, size = (
        sum(float(np.square(array, dtype=np.float64).sum()) for array in arrays)
        for arrays in (
            [found[name].astype(np.float64) - reference[name] for name in reference],
            reference.values(),
        )
    )
    return float(np.sqrt(error / size))


def report_ratio(seconds: dict[str, float]) -> None:
    """What the published way computes for each pair again, over what sketches compute once."""
    pairs = TASKS_OF_A_STUDY * (TASKS_OF_A_STUDY - 1) // 2
    looked_at = TASKS_OF_A_STUDY / 2  # all calibration samples, of which this program took two
    once = {
        "activations": looked_at * seconds["activations"],
        "gradients": seconds["gradients"],
        "singular values": seconds["singular values"],
    }
    again = {"activations": 4, "gradients": 6, "singular values": 1}
    published = pairs * sum(2 * again[name] * once[name] for name in once)
    ratio = published / (TASKS_OF_A_STUDY * sum(once.values()))
    print(
        f"Metrics of {pairs} pairs, published way / sketches, in hours of the device: {ratio:.1f}"
    )


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=IMAGES, help="default: vit_b_16 with CUDA, else tiny")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--stages", default="", help="only those whose name holds this")
    arguments = parser.parse_args()
    cuda = torch.cuda.is_available()
    if not cuda:
        print("There is no CUDA device: the CPU is compared with itself at another batch size.")
    size = arguments.size or ("vit_b_16" if cuda else "tiny")
    if size == "tiny":
        stages.ARCHITECTURE.update(embed_dim=32, vision_cfg=TINY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stages.make_base(folder, TASKS, CALIBRATION)
        for task in TASKS:
            stages.make_checkpoint(folder, task)
        images = stages.random_split(IMAGES[size], torch.Generator().manual_seed(0))
        set_up_device(torch.get_num_threads(), 0)
        reference = Subject(folder, "cpu", arguments.batch_size, images)
        if cuda:
            set_up_device(torch.get_num_threads(), 1)
        other = Subject(
            folder, "cuda" if cuda else "cpu", arguments.batch_size // (1 if cuda else 2), images
        )
        failed = compare(reference, other, arguments.stages)
    sys.exit(f"Too different: {', '.join(failed)}" if failed else 0)


def compare(reference: Subject, other: Subject, wanted: str) -> list[str]:
    """Print a line per stage; the names of those that differ by more than allowed."""
    print(f"{'stage':26s}{'differs':>10s}{'allowed':>10s}{'cpu /s':>10s}{'other /s':>10s}  peak GB")
    failed, seconds = [], {}
    with utilisation() as seen:
        for stage in all_stages(len(reference.images.labels)):
            if wanted not in stage.name:
                continue
            numbers, cpu_seconds = timed(stage.reference or stage.compute, reference)
            found, seconds[stage.name] = timed(stage.compute, other)
            differs = difference(found, numbers)
            if not differs <= stage.allowed:
                failed.append(stage.name)
            peak = torch.cuda.max_memory_allocated() / 1e9 if other.device == "cuda" else 0.0
            rates = [stage.amount / lap for lap in (cpu_seconds, seconds[stage.name])]
            print(
                f"{stage.name:26s}{differs:10.1e}{stage.allowed:10.1e}{rates[0]:10.2f}"
                f"{rates[1]:10.2f}  {peak:7.2f}  {stage.unit}",
                flush=True,
            )
    if seen:
        print(f"GPU utilisation, mean over the whole run with its CPU half: {np.mean(seen):.0f} %")
    if {"activations", "gradients", "singular values"} <= seconds.keys():
        report_ratio(seconds)
    return failed


if __name__ == "__main__":
    main()
