"""Memory and time of models of some gigabytes in files: `python benchmarks/large_checkpoints.py`.

Writes a base and two models (bfloat16, the shapes of a Llama of 1.6 billion weights, 3.3 GB each in
shards) and two adapters with the shapes of a 7B Llama into a temporary folder, 14 GB in all with
what is merged, and deletes it at the end. Every command runs in a process of its own, on one
thread. Files were just written, so they come from the memory of the system, not from a disk:
nobody but the superuser can empty it. `--mergekit FOLDER` (`pip install --target FOLDER --no-deps
mergekit`) runs the same merges by mergekit too. Linux only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple

import torch
from safetensors.torch import save_file

WIDTH, INNER, WORDS, LAYERS = 2048, 5632, 32000, 32  # those of TinyLlama, with more layers
WIDTH_7B, INNER_7B, LAYERS_7B, RANK = 4096, 11008, 32, 16
SHARDS = 4

READ = """
import sys
for path in sys.argv[1:]:
    with open(path, "rb", buffering=0) as file:
        block = bytearray(1 << 21)
        while file.readinto(block):
            pass
"""
CONVERT = """
import sys
from pathlib import Path
from mergeability.checkpoints.lazy import open_safetensors, row_blocks
for path in sys.argv[1:]:
    for tensor in open_safetensors(Path(path)).values():
        for rows in row_blocks(tensor.shape):
            tensor.load(rows).float()
"""


class Cost(NamedTuple):
    """Of one process: seconds of the clock and of the processor, and gigabytes at most.

    `resident` is all that was in memory at the peak (VmHWM), libraries and mapped files included;
    `own` is what belongs to the process alone (RssAnon, looked at every 20 ms).
    """

    clock: float
    processor: float
    resident: float
    own: float


def measure(command: list[str], **environment: str) -> Cost:
    """Run a command and look at it; its failure is raised."""
    everything = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **environment}
    start, resident, own = perf_counter(), 0, 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=everything, stdout=said, stderr=said)
        while True:
            done, code, used = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            now = memory(process.pid)
            resident, own = max(resident, now[0]), max(own, now[1])
            sleep(0.02)
        clock = perf_counter() - start
        if code:
            said.seek(0)
            raise RuntimeError(f"{command}: {said.read().decode()[-2000:]}")
    return Cost(clock, used.ru_utime + used.ru_stime, resident / 1e6, own / 1e6)


def memory(process: int) -> tuple[int, int]:
    """kB: all at its peak, and now without pages of files; 0 for a process that has just ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0, 0
    peak, own = (status.partition(f"{key}:")[2].split()[:1] for key in ("VmHWM", "RssAnon"))
    return (int(peak[0]), int(own[0])) if peak and own else (0, 0)


def shapes(layers: int) -> dict[str, tuple[int, ...]]:
    """A Llama."""
    found: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (WORDS, WIDTH)}
    for layer in range(layers):
        block = f"model.layers.{layer}"
        for part in "qkvo":
            found[f"{block}.self_attn.{part}_proj.weight"] = (WIDTH, WIDTH)
        found[f"{block}.mlp.gate_proj.weight"] = found[f"{block}.mlp.up_proj.weight"] = INNER, WIDTH
        found[f"{block}.mlp.down_proj.weight"] = (WIDTH, INNER)
        found[f"{block}.input_layernorm.weight"] = (WIDTH,)
        found[f"{block}.post_attention_layernorm.weight"] = (WIDTH,)
    return {**found, "model.norm.weight": (WIDTH,), "lm_head.weight": (WORDS, WIDTH)}


def write_models(folder: Path, layers: int) -> None:
    """A base, and two models a small step away from it."""
    wanted = shapes(layers)
    settings = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    settings |= {"hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": layers}
    settings |= {"num_attention_heads": 32, "vocab_size": WORDS, "tie_word_embeddings": False}
    # Random numbers cost more than all the rest, so a pool of them serves all tensors.
    pool = torch.randn(1 << 24)
    for name in ("base", "a", "b"):
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(json.dumps(settings))
    places: dict[str, str] = {}
    for number in range(SHARDS):
        file = f"model-{number + 1:05d}-of-{SHARDS:05d}.safetensors"
        parts: dict[str, dict[str, torch.Tensor]] = {"base": {}, "a": {}, "b": {}}
        for tensor in list(wanted)[number::SHARDS]:
            places[tensor] = file
            before = 0.02 * drawn(pool, wanted[tensor])
            parts["base"][tensor] = before.bfloat16()
            for name in "ab":
                moved = before.add(drawn(pool, wanted[tensor]), alpha=0.001)
                parts[name][tensor] = moved.bfloat16()
        for name, part in parts.items():
            save_file(part, folder / name / file, metadata={"format": "pt"})
    for name in ("base", "a", "b"):
        index = {"metadata": {}, "weight_map": places}
        (folder / name / "model.safetensors.index.json").write_text(json.dumps(index))


def drawn(pool: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Numbers of the pool from a random place on, and again from its start."""
    size, start = torch.Size(shape).numel(), int(torch.randint(len(pool), ()))
    times = (start + size) // len(pool) + 1
    return pool.repeat(times)[start : start + size].reshape(shape)


def write_adapters(folder: Path) -> None:
    """Two adapters of all linear layers of a 7B Llama."""
    sides = {f"self_attn.{part}_proj": (WIDTH_7B, WIDTH_7B) for part in "qkvo"}
    sides |= {"mlp.gate_proj": (INNER_7B, WIDTH_7B), "mlp.up_proj": (INNER_7B, WIDTH_7B)}
    sides |= {"mlp.down_proj": (WIDTH_7B, INNER_7B)}
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": 2 * RANK}
    for name in ("lora_a", "lora_b"):
        state = {}
        for layer in range(LAYERS_7B):
            for module, (rows, columns) in sides.items():
                stem = f"base_model.model.model.layers.{layer}.{module}"
                state[f"{stem}.lora_A.weight"] = 0.02 * torch.randn(RANK, columns)
                state[f"{stem}.lora_B.weight"] = 0.02 * torch.randn(rows, RANK)
        (folder / name).mkdir()
        save_file(state, folder / name / "adapter_model.safetensors", metadata={"format": "pt"})
        (folder / name / "adapter_config.json").write_text(json.dumps(config))


def measurements(folder: Path, mergekit: str | None) -> Iterator[tuple[str, Cost]]:
    """What is measured, one after the other."""
    base, a, b = (str(folder / name) for name in ("base", "a", "b"))
    files = [
        str(path) for name in (base, a, b) for path in sorted(Path(name).glob("*.safetensors"))
    ]
    ours = [sys.executable, "-m", "mergeability"]
    yield "read the bytes of three models", measure([sys.executable, "-c", READ, *files])
    yield "read them as float32", measure([sys.executable, "-c", CONVERT, *files])
    yield "compare", measure([*ours, "compare", a, b, "--base", base, "--json"])
    for method, settings in {"task_arithmetic": "scale=0.4", "ties": "scale=0.7"}.items():
        out, recipe = folder / "out", folder / f"{method}.yaml"
        command = [*ours, "merge", "--method", method, "--set", settings, a, b, "--base", base]
        yield f"merge by {method}", measure([*command, "-o", str(out)])
        empty(out)
        if mergekit:
            measure([*command, "--mergekit", str(recipe)])
            theirs = [sys.executable, "-m", "mergekit.scripts.run_yaml", str(recipe), str(out)]
            yield f"mergekit, {method}", measure([*theirs, "--quiet"], PYTHONPATH=mergekit)
            empty(out)
    adapters = [str(folder / "lora_a"), str(folder / "lora_b")]
    yield "compare adapters", measure([*ours, "compare", *adapters, "--json"])
    yield "import torch", measure([sys.executable, "-c", "import torch"])


def empty(folder: Path) -> None:
    """Delete what a merge wrote."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=LAYERS, help="of the Llama")
    parser.add_argument("--mergekit", help="folder that mergekit was installed into")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        torch.manual_seed(0)
        write_models(Path(name), arguments.layers)
        write_adapters(Path(name))
        size = sum(path.stat().st_size for path in Path(name, "base").iterdir()) / 1e9
        print(f"models of {size:.2f} GB each{'':11s}    clock  processor   resident        own")
        for what, cost in measurements(Path(name), arguments.mergekit):
            numbers = f"{cost.clock:8.1f} s {cost.processor:8.1f} s"
            print(f"{what:34s}{numbers}{cost.resident:8.2f} GB{cost.own:8.2f} GB", flush=True)


if __name__ == "__main__":
    main()
