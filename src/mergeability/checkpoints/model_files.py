"""Which files make up a model. Imports nothing heavy: rules ask for their inputs here."""

import os
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")
_WEIGHTS_OF_TRAINERS = ("training_args", "optimizer", "scheduler", "rng_state")

# What a folder has beside weights: configs, tokenizers, processors, the code of custom models.
_TEXTS = (".json", ".jsonl", ".txt", ".model", ".jinja", ".py", ".tiktoken", ".vocab")
_TEXTS_OF_TRAINERS = ("training_args", "trainer_state", "optimizer")


def weight_files(folder: Path) -> list[Path]:
    """The files in a folder that hold weights, by their names, but for what trainers leave."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in SUFFIXES
        and path.is_file()
        and not path.name.startswith((".", *_WEIGHTS_OF_TRAINERS))
    ]


def files_beside(folder: Path) -> list[Path]:
    """What a merge of a folder's model has from there beside weights, in subfolders too."""
    return [
        path
        for path in _texts(folder)
        if not path.name.startswith("adapter_") and not path.name.endswith(".index.json")
    ]


def model_files(path: Path) -> list[Path]:
    """All files that a model depends on: `path` itself, or those of the folder; no states."""
    return [*weight_files(path), *_texts(path)] if path.is_dir() else [path]


def _texts(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(_TEXTS) and not name.startswith((".", *_TEXTS_OF_TRAINERS)):
                yield Path(where) / name
