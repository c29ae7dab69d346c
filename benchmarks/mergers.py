"""Seconds of every merger for a pair of the size of ViT-B/16: `python benchmarks/mergers.py`.

Weights, updates and statistics are random (`make_checkpoint` in `vit_b_16_stages.py`). Seconds of
processor time hardly depend on what else the machine does, those of the clock do; both are the
least of a few merges. `--blocks 1` takes one block of the tower in place of twelve. To compare with
another state of the library, put its `src` in PYTHONPATH.
"""

import argparse
import os
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import torch
from vit_b_16_stages import ARCHITECTURE, make_base, make_checkpoint

from mergeability.backbones.encoder import to_device
from mergeability.files import read_tensors
from mergeability.mergers import merge_checkpoints
from mergeability.plugins import EXAMPLES, MERGERS, merger_statistics

TASKS = ["task0", "task1"]
LAYERS = ("in_proj_weight", "out_proj.weight", "c_fc.weight", "c_proj.weight")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mergers", nargs="*", help="all by default")
    parser.add_argument("--blocks", type=int, default=12, help="of the vision tower")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    ARCHITECTURE["vision_cfg"]["layers"] = arguments.blocks
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        make_base(Path(folder), [], 0)
        for task in TASKS:
            make_checkpoint(Path(folder), task)
        base, *models = (
            to_device(read_tensors(Path(folder) / f"{name}.safetensors"), "cpu")
            for name in ("base", *TASKS)
        )
    checkpoints = dict(zip(TASKS, models, strict=True))
    print(f"{'merger':18s}{'clock':>10s}{'processor':>12s}")
    for method in arguments.mergers or MERGERS.names():
        kind = merger_statistics(method)
        if kind == EXAMPLES:
            continue  # what it costs is what the encoder costs
        known = {task: random_statistics(kind, base) for task in TASKS} if kind else None
        seconds = []
        for _ in range(arguments.repeat):
            start = perf_counter(), process_time()
            merge_checkpoints(base, checkpoints, method, {}, method, 0, known)
            seconds.append((perf_counter() - start[0], process_time() - start[1]))
        clock, processor = map(min, zip(*seconds, strict=True))
        print(f"{method:18s}{clock:10.2f}{processor:12.2f}", flush=True)


def random_statistics(kind: str, base: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A Fisher information, or Gram matrices of the layers in the blocks."""
    if kind == "fisher":
        return {name: torch.rand_like(weight) for name, weight in base.items()}
    layers = {name: weight.shape[1] for name, weight in base.items() if name.endswith(LAYERS)}
    return {n: (x := torch.randn(2 * inputs, inputs)).T @ x for n, inputs in layers.items()}


if __name__ == "__main__":
    main()
