"""Weights of any source: a file, a folder of Hugging Face in one file or in shards, an adapter."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mergeability.checkpoints.adapters import Adapter, read_adapter
from mergeability.checkpoints.lazy import LazyTensor
from mergeability.checkpoints.model_files import ADAPTER_CONFIG, INDEX, WHOLE, weight_files
from mergeability.checkpoints.reading import number_of_shards, open_foreign
from mergeability.suggestions import shortened


class Weights(NamedTuple):
    """The tensors of one model, by name; nothing is read before it is asked for.

    `files` says in which file a tensor lies. `tied` are further names of tensors that share their
    memory, each with the name that `tensors` has it under.
    """

    path: Path
    kind: str
    tensors: Mapping[str, LazyTensor]
    files: Mapping[str, str]
    tied: Mapping[str, str]

    @property
    def config(self) -> dict[str, Any]:
        """The content of the folder's `config.json`; empty where there is none."""
        path = self.path / "config.json"
        return read_settings(path) if path.is_file() else {}


def open_source(path: str | Path, allow_pickle: bool = False) -> Weights | Adapter:
    """The model or adapter in a file or folder, or at an address of a hub (hf://owner/name).

    Raises one `ValueError` or `FileNotFoundError` that names the file and the cure where there is
    none, or more than one; see `open_foreign`, `read_adapter`.
    """
    if str(path).startswith("hf:/"):
        from mergeability.checkpoints.on_hub import fetch_model  # noqa: PLC0415 - the client

        path = fetch_model(str(path))
    path = Path(path)
    if path.is_dir():
        if (path / ADAPTER_CONFIG).is_file():
            return read_adapter(path, read_settings(path / ADAPTER_CONFIG))
        return _open_folder(path, allow_pickle)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: there is no such file or folder; one on the hub: hf://owner/name"
        )
    if path.name.endswith(INDEX):
        return _open_folder(path.parent, allow_pickle)
    if path.suffix == ".json":
        raise ValueError(f"{path}: JSON holds no weights; name their file or folder")
    if (shards := number_of_shards(path)) > 1:
        raise ValueError(f"{path}: one of {shards} shards of a model; name its folder")
    if path.name.startswith("adapter_model."):
        raise ValueError(
            f"{path}: the file of an adapter; name its folder, with {ADAPTER_CONFIG} in it"
        )
    tensors = open_foreign(path, allow_pickle)
    kind = "safetensors file" if path.suffix == ".safetensors" else "PyTorch file"
    return _weights(path, kind, tensors, dict.fromkeys(tensors, path.name))


def open_weights(path: str | Path, allow_pickle: bool = False) -> Weights:
    """As `open_source`, where an adapter does not do: a base is a whole model."""
    source = open_source(path, allow_pickle)
    if isinstance(source, Adapter):
        named = f", here {source.base!r}" if source.base else ""
        raise ValueError(f"{path}: an adapter is no base; name the model that it belongs to{named}")
    return source


def read_settings(path: Path) -> dict[str, Any]:
    """A JSON file of others that holds an object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not valid JSON ({error}); copy or download it again") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected an object with keys; copy or download it again")
    return content


def _open_folder(folder: Path, allow_pickle: bool) -> Weights:
    for index, whole in WHOLE.items():
        if (folder / index).is_file():
            return _open_shards(folder, index, allow_pickle)
        if (folder / whole).is_file():
            return _open_one(folder, folder / whole, allow_pickle)
    found = weight_files(folder)
    if len(found) == 1 and number_of_shards(found[0]) == 1:
        return _open_one(folder, found[0], allow_pickle)
    if any(number_of_shards(path) > 1 for path in found):
        raise ValueError(
            f"{folder}: shards without their index ({next(iter(WHOLE))}); copy or download it too"
        )
    if found:
        names = shortened([path.name for path in found])
        raise ValueError(f"{folder}: several files of weights ({names}); name one of them")
    raise ValueError(f"{folder}: no weights in this folder; name the one with model.safetensors")


def _open_one(folder: Path, file: Path, allow_pickle: bool) -> Weights:
    tensors = open_foreign(file, allow_pickle)
    kind = "Hugging Face folder" if (folder / "config.json").is_file() else "folder"
    return _weights(folder, kind, tensors, dict.fromkeys(tensors, file.name))


def _open_shards(folder: Path, index: str, allow_pickle: bool) -> Weights:
    place = read_settings(folder / index).get("weight_map")
    if not isinstance(place, dict) or not place:
        raise ValueError(f"{folder / index}: has no 'weight_map'; copy or download it again")
    names = sorted({str(name) for name in place.values()})
    if outside := [name for name in names if Path(name).name != name]:
        raise ValueError(f"{folder / index}: {outside[0]!r} is not the name of a file beside it")
    if absent := [name for name in names if not (folder / name).is_file()]:
        raise FileNotFoundError(
            f"{folder}: {len(absent)} of {len(names)} shards missing ({shortened(absent)}); copy "
            "or download them too"
        )
    opened = {name: open_foreign(folder / name, allow_pickle) for name in names}
    tensors: dict[str, LazyTensor] = {}
    for name, file in place.items():
        if name in opened[file]:
            tensors[name] = opened[file][name]
        elif not name.endswith("position_ids"):  # `open_foreign` leaves them out
            raise ValueError(
                f"{folder / file}: tensor {name!r} is missing, which the index lists; copy or "
                "download both again"
            )
    kind = f"Hugging Face folder of {len(names)} shards"
    return _weights(folder, kind, tensors, {name: place[name] for name in tensors})


def _weights(
    path: Path, kind: str, tensors: Mapping[str, LazyTensor], files: Mapping[str, str]
) -> Weights:
    if not tensors:
        raise ValueError(f"{path}: holds no tensor; copy or download it again")
    tied = _tied(tensors)
    return Weights(path, kind, {n: t for n, t in tensors.items() if n not in tied}, files, tied)


def _tied(tensors: Mapping[str, LazyTensor]) -> dict[str, str]:
    """Names whose tensor is another's too: the same memory, which only PyTorch files can say."""
    first: dict[tuple[Any, ...], str] = {}
    tied = {}
    for name, lazy in tensors.items():
        tensor = lazy.held
        if not isinstance(tensor, Tensor) or tensor.numel() < 2 or tensor.layout != torch.strided:
            continue
        place = (tensor.data_ptr(), lazy.shape, tensor.stride(), lazy.dtype)
        if first.setdefault(place, name) != name:
            tied[name] = first[place]
    return tied
