"""Adapters as PEFT saves them: updates of low rank, kept as their two factors.

Names, scales and shapes are those of PEFT's LoRA layers (`peft.tuners.lora`). LoRA: Hu et al. 2021,
arXiv 2106.09685; rsLoRA: Kalajdzievski 2023, arXiv 2312.03732; DoRA: Liu et al. 2024, arXiv
2402.09353, equation 5.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mergeability.checkpoints.lazy import ALL, LazyTensor
from mergeability.checkpoints.model_files import ADAPTER_CONFIG, ADAPTER_FILES
from mergeability.checkpoints.reading import open_foreign
from mergeability.suggestions import shortened

_MERGE = "merge it into its model with peft (model.merge_and_unload()) and save the result"

_FACTOR = re.compile(
    r"(?P<module>.+)\.lora_(?P<embedding>embedding_)?(?P<factor>[AB])(\.default)?(\.weight)?"
)
_MAGNITUDE = re.compile(r"(?P<module>.+)\.lora_magnitude_vector(\.default)?(\.weight)?")
# Ways to start that change the weights of the base, so that factors alone do not tell the model.
_CHANGES_BASE = ("pissa", "olora", "corda", "loftq", "lora_ga")
_NOT_READ = ("layer_replication", "use_qalora", "trainable_token_indices", "lora_bias")


class LowRank(NamedTuple):
    """The update s B A of a tensor, [outputs, rank] times [rank, inputs].

    `transposed`: the tensor holds it as [inputs, outputs]. With the `magnitude` m [outputs] of
    DoRA, the tensor becomes m (W + s B A) / ||W + s B A||, row by row.
    """

    left: LazyTensor  # B
    right: LazyTensor  # A
    scale: float
    transposed: bool = False
    magnitude: LazyTensor | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the update, in the order of the tensor."""
        outputs, inputs = self.left.shape[0], _columns(self.right)
        return (inputs, outputs) if self.transposed else (outputs, inputs)

    def factors(self) -> tuple[Tensor, Tensor]:
        """[rows, rank] and [rank, columns], whose product is the update; float32."""
        left = self.left.load().float().flatten(1) * self.scale
        right = self.right.load().float().flatten(1)
        return (right.T, left.T) if self.transposed else (left, right)

    def update(self, before: Tensor, rows: slice = ALL) -> Tensor:
        """What it adds to the rows `before` of the tensor."""
        left, right = self.factors()
        added = (left[rows] @ right).reshape(before.shape).to(before.dtype)
        if self.magnitude is None:
            return added
        after = (before + added).flatten(1)
        magnitude = self.magnitude.load().to(before.dtype).reshape(-1, 1)[rows]
        after = magnitude / after.norm(dim=1, keepdim=True) * after
        return after.reshape(before.shape) - before


class Adapter(NamedTuple):
    """An adapter: what it updates and what it replaces, by names of tensors of its base."""

    path: Path
    kind: str
    base: str  # what its config calls the base
    updates: Mapping[str, LowRank]
    replaced: Mapping[str, LazyTensor]  # modules_to_save, biases


def read_adapter(folder: Path, config: Mapping[str, Any]) -> Adapter:
    """The adapter in a folder, with the content of its `adapter_config.json`.

    Raises `ValueError`, naming file and cure, for kinds other than LoRA and DoRA of linear layers,
    convolutions and embeddings, and for tensors that do not fit the config.
    """
    about = folder / ADAPTER_CONFIG
    _check(about, config)
    file = next((folder / name for name in ADAPTER_FILES if (folder / name).is_file()), None)
    if file is None:
        raise ValueError(
            f"{folder}: there is no {ADAPTER_FILES[0]} beside {ADAPTER_CONFIG}; copy it there"
        )
    tensors = {
        name.removeprefix("base_model.model."): tensor
        for name, tensor in open_foreign(file).items()
    }
    factors: dict[str, dict[str, LazyTensor]] = {}
    replaced: dict[str, LazyTensor] = {}
    embeddings = set()
    for name, tensor in tensors.items():
        if found := _FACTOR.fullmatch(name):
            factors.setdefault(found["module"], {})[found["factor"]] = tensor
            embeddings |= {found["module"]} if found["embedding"] else set()
        elif found := _MAGNITUDE.fullmatch(name):
            factors.setdefault(found["module"], {})["magnitude"] = tensor
        elif "lora_" in name:
            raise ValueError(f"{file}: tensor {name!r} is of a kind that is not read; {_MERGE}")
        else:
            replaced[re.sub(r"\.(base_layer|modules_to_save(\.default)?)\.", ".", name)] = tensor
    if not factors and not replaced:
        raise ValueError(f"{file}: holds no tensor; save the adapter again")
    updates = {
        f"{module}.weight": _low_rank(file, module, found, config, module in embeddings)
        for module, found in sorted(factors.items())
    }
    # PEFT also saves the embedding that it adapts, as it was.
    replaced = {name: tensor for name, tensor in replaced.items() if name not in updates}
    ranks = sorted({update.right.shape[0] for update in updates.values()})
    name = "DoRA" if any(update.magnitude for update in updates.values()) else "LoRA"
    kind = f"PEFT adapter ({name}, rank {shortened(list(map(str, ranks)))})"
    return Adapter(
        folder, kind, str(config.get("base_model_name_or_path") or ""), updates, replaced
    )


def _check(about: Path, config: Mapping[str, Any]) -> None:
    kind = str(config.get("peft_type", "")).upper()
    if kind != "LORA":
        raise ValueError(f"{about}: an adapter of type {kind or 'unknown'}, not LoRA; {_MERGE}")
    start = str(config.get("init_lora_weights", "")).lower()
    if start.startswith(_CHANGES_BASE):
        raise ValueError(
            f"{about}: init_lora_weights is {start!r}, which changes the weights of the base; "
            f"{_MERGE}"
        )
    if used := [key for key in _NOT_READ if config.get(key)]:
        raise ValueError(f"{about}: {used[0]} is set, which is not read; {_MERGE}")
    sizes = [config.get("r", 8), config.get("lora_alpha", 8)]
    for key in ("rank_pattern", "alpha_pattern"):
        pattern = config.get(key) or {}
        if not isinstance(pattern, dict):
            raise ValueError(f"{about}: {key} is {pattern!r}, expected numbers by name of a module")
        sizes += pattern.values()
    if wrong := [size for size in sizes if not isinstance(size, int | float) or size <= 0]:
        raise ValueError(f"{about}: {wrong[0]!r} is no rank or alpha; expected a number above 0")


def _low_rank(
    file: Path,
    module: str,
    found: Mapping[str, LazyTensor],
    config: Mapping[str, Any],
    embedding: bool,
) -> LowRank:
    if missing := [factor for factor in "AB" if factor not in found]:
        raise ValueError(f"{file}: lora_{missing[0]} of {module!r} is missing; save it again")
    left, right, magnitude = found["B"], found["A"], found.get("magnitude")
    rank = right.shape[0]
    fits = len(left.shape) == len(right.shape) >= 2 and left.shape[1] == rank
    if not fits or any(side != 1 for side in left.shape[2:]):
        raise ValueError(
            f"{file}: factors of {module!r} have shapes {left.shape} and {right.shape}, which are "
            f"not those of LoRA; {_MERGE}"
        )
    expected = _of_pattern(config.get("rank_pattern"), module, config.get("r", 8))
    if rank != expected:
        raise ValueError(
            f"{file}: {module!r} has rank {rank}, {ADAPTER_CONFIG} says {expected}; save both "
            "together"
        )
    alpha = _of_pattern(config.get("alpha_pattern"), module, config.get("lora_alpha", 8))
    transposed = embedding or bool(config.get("fan_in_fan_out"))
    if magnitude is not None and (transposed or magnitude.size != left.shape[0]):
        raise ValueError(f"{file}: DoRA of {module!r} is of a kind that is not read; {_MERGE}")
    if config.get("use_dora") and magnitude is None:
        raise ValueError(f"{file}: the magnitude vector of {module!r} is missing; save it again")
    scale = alpha / (rank**0.5 if config.get("use_rslora") else rank)
    return LowRank(left, right, scale, transposed, magnitude)


def _of_pattern(pattern: Mapping[str, Any] | None, module: str, default: float) -> float:
    """The first value whose key, a regular expression, is the end of the module's name."""
    for key, value in (pattern or {}).items():
        if re.fullmatch(rf"(.*\.)?({key})", module):
            return value
    return default


def _columns(factor: LazyTensor) -> int:
    return int(torch.Size(factor.shape[1:]).numel())
