"""Which files make up a model. Imports nothing heavy: rules ask for their inputs here."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SUFFIXES = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_FILES = ("adapter_model.safetensors", "adapter_model.bin")
INDEX = ".index.json"
WHOLE = {  # the index of shards, and the file of the same model in one
    f"model.safetensors{INDEX}": "model.safetensors",
    f"pytorch_model.bin{INDEX}": "pytorch_model.bin",
}
WEIGHTS_OF_TRAINERS = ("training_args", "optimizer", "scheduler", "rng_state")

# What a folder has beside weights: configs, tokenizers, processors, the code of custom models.
TEXTS = (".json", ".jsonl", ".txt", ".model", ".jinja", ".py", ".tiktoken", ".vocab")
TEXTS_OF_TRAINERS = ("training_args", "trainer_state", "optimizer")


def weight_files(folder: Path) -> list[Path]:
    """The files in a folder that hold weights, by their names, but for what trainers leave."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in SUFFIXES
        and path.is_file()
        and not path.name.startswith((".", *WEIGHTS_OF_TRAINERS))
    ]


def files_beside(folder: Path) -> list[Path]:
    """What a merge of a folder's model has from there beside weights, in subfolders too."""
    return [
        path
        for path in _texts(folder)
        if not path.name.startswith("adapter_") and not path.name.endswith(INDEX)
    ]


def model_files(path: Path) -> list[Path]:
    """All files that a model depends on: `path` itself, or those of the folder; no states.

    The index of shards stands for its folder.
    """
    path = path.parent if path.name.endswith(INDEX) else path
    return [*weight_files(path), *_texts(path)] if path.is_dir() else [path]


def files_of(source: Mapping[str, Any], manifest: str) -> str | list[str]:
    """The files of a model on this machine; of one on a hub the `manifest` of its download."""
    return list(map(str, model_files(Path(source["path"])))) if "path" in source else manifest


def _texts(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(TEXTS) and not name.startswith((".", *TEXTS_OF_TRAINERS)):
                yield Path(where) / name
