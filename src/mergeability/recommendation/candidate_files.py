"""Which files below a folder are checkpoints, by their content, and what to call them."""

import os
import pickletools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple
from zipfile import BadZipFile, ZipFile

from safetensors import SafetensorError, safe_open

from mergeability.checkpoints.model_files import ADAPTER_CONFIG, WHOLE, model_files

_SUFFIXES = re.compile(r"(\.(safetensors|pt|pth|bin|ckpt|tar))+$", re.IGNORECASE)
_BY_NAME = {
    r"\..*": "hidden",
    r"((optim(izer)?|(lr_)?scheduler|(grad_)?scaler|sampler|rng(_states?)?|random_states?|"
    r"training_args)([_.-]?\d+)*|.*optim_states)": "the state of a trainer, by its name",
    r".*-\d{5}-of-\d{5}": "one shard of a model; put all, with their index, into a folder below",
}
# Hugging Face and open_clip call the weights of every model so; the folder has the telling name.
_OF_ANY_MODEL = re.compile(r"(open_clip_)?(pytorch_)?model", re.IGNORECASE)
_ENDS_OF_WEIGHTS = ("weight", "embedding")  # of the names of tensors, in every layout that is read
_ZIP = b"PK\x03\x04"
_OLD_TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # the pickle of torch's magic number
_PICKLES_OF_OLD_TORCH = 4  # magic number, protocol, system, content


class Found(NamedTuple):
    """The candidates by name, sorted, and why other files were left out, sorted."""

    taken: dict[str, Path]
    left_out: dict[Path, str]


def find_candidates(folder: Path) -> Found:
    """The checkpoints in `folder` and below it.

    A safetensors file or one of `torch.save` counts, whatever its suffix, and a folder that holds
    a model in shards or an adapter. Each is called by its name without suffixes; where several have
    that name, by its folder; else by all of its path. Characters that no name may have become '-'.
    Raises `ValueError` where names are equal still.
    """
    left_out: dict[Path, str] = {}
    paths: list[Path] = []
    seen: dict[Path, Path] = {}
    # A hub's cache has every file twice: under its digest, and linked to under its name.
    for path in sorted(_walk(folder), key=_telling_first):
        same, whole = seen.setdefault(path.resolve(), path), is_whole_model(path)
        if whole:
            seen |= {file.resolve(): path for file in model_files(path)}
        reason = _why_unreadable(path) if whole else why_not(path)
        if same != path:
            reason = f"the same file as {same.relative_to(folder)}"
        if reason:
            left_out[path] = reason
        else:
            paths.append(path)
    for path in paths[:]:
        twin = path.with_name(f"{bare_name(path).replace('pytorch_', '')}.safetensors")
        if twin != path and _OF_ANY_MODEL.fullmatch(bare_name(path)) and twin in paths:
            paths.remove(path)
            left_out[path] = f"the model of {twin.name} in another form"
    names = _names([path.relative_to(folder) for path in paths])
    taken = dict(sorted(zip(names, paths, strict=True)))
    if len(taken) < len(paths):
        repeated = sorted(name for name, count in Counter(names).items() if count > 1)
        raise ValueError(f"{folder}: several files are called {repeated}; keep one of each")
    return Found(taken, dict(sorted(left_out.items())))


def find_models_in_place(folder: Path) -> dict[str, Path]:
    """The models of any architecture in `folder` and below it, by their names as tasks.

    Raises `ValueError` or `OSError` where there is no such folder, or two have one name.
    """
    from mergeability.merging import model_names  # noqa: PLC0415 - imports torch
    from mergeability.screening import find_models  # noqa: PLC0415

    paths = find_models(folder)
    names = [clean_name(name) for name in model_names(paths)]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"{folder}: two models are called {twice[0]!r}; rename one")
    return dict(sorted(zip(names, paths, strict=True)))


def why_not(path: Path) -> str:
    """Why a file is no checkpoint, in words; empty where it is one. Nothing in it is run."""
    for pattern, reason in _BY_NAME.items():
        if re.fullmatch(pattern, bare_name(path), re.IGNORECASE):
            return reason
    try:
        names = _names_inside(path)
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    except (BadZipFile, SafetensorError, EOFError, RuntimeError, ValueError) as error:
        return f"broken ({error}); copy or download it again"
    if names[:1] == ["state"] and "param_groups" in names:
        return "the state of an optimizer"
    if not any(name.endswith(_ENDS_OF_WEIGHTS) for name in names):
        return "holds no weights that safetensors or PyTorch wrote"
    return ""


def is_whole_model(path: Path) -> bool:
    """Whether a path is a folder, not hidden, with a model in shards or an adapter."""
    return not path.name.startswith(".") and any(
        (path / name).is_file() for name in (ADAPTER_CONFIG, *WHOLE)
    )


def _why_unreadable(folder: Path) -> str:
    from mergeability.checkpoints.opening import open_source  # noqa: PLC0415 - imports torch

    try:
        open_source(folder)
    except (OSError, ValueError) as error:
        return str(error).removeprefix(f"{folder}: ").removeprefix(f"{folder}/")
    return ""


def _telling_first(path: Path) -> tuple[bool, Path]:
    """A key to sort by: names that say what they are come before digests."""
    return not (is_whole_model(path) or _SUFFIXES.search(path.name)), path


def _names_inside(path: Path) -> list[str]:
    """Names of tensors, and whatever other texts a PyTorch file holds; none in other files."""
    if path.exists() and not path.is_file():  # a pipe would be waited for
        return []
    with path.open("rb") as file:
        start = file.read(len(_OLD_TORCH))
        if start == _OLD_TORCH:
            file.seek(0)
            return _texts(file, _PICKLES_OF_OLD_TORCH)
    if start.startswith(_ZIP):
        with ZipFile(path) as archive:
            pickled = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            return [text for name in pickled for text in _texts(archive.open(name), 1)]
    if start[8:9] == b"{":
        with safe_open(path, framework="numpy") as tensors:
            return list(tensors.keys())
    return []


def bare_name(path: Path) -> str:
    """The name of a file without the suffixes of weights, in any case."""
    return _SUFFIXES.sub("", path.name) or path.name


def clean_name(text: str) -> str:
    """A text as a name of files and tasks; unchanged where nothing of it could stay."""
    words = re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_.-]+", "-", text))
    return words.strip("_.-") or text


def _walk(folder: Path) -> Iterator[Path]:
    """All files below a folder, links followed, each folder once.

    Hidden folders, and folders that are one model, come as one.
    """
    seen = {folder.resolve()}
    for where, folders, files in os.walk(folder, followlinks=True):
        if Path(where) != folder and is_whole_model(Path(where)):
            folders.clear()
            yield Path(where)
            continue
        shown = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where) / name for name in sorted({*files, *folders} - {*shown}))
        folders[:] = [name for name in shown if (Path(where) / name).resolve() not in seen]
        seen |= {(Path(where) / name).resolve() for name in folders}


def _texts(file: IO[bytes], pickles: int) -> list[str]:
    """The texts in some pickles one after another, in order; nothing in them is run."""
    return [
        argument
        for _ in range(pickles)
        for _, argument, _ in pickletools.genops(file)
        if isinstance(argument, str)
    ]


def _names(paths: list[Path]) -> list[str]:
    """A name for each path, as short as tells them apart."""
    ways = []
    for path in paths:
        bare, above = bare_name(path), list(path.parent.parts)
        telling = above if above and _OF_ANY_MODEL.fullmatch(bare) else [*above, bare]
        short = clean_name(telling[-1])
        folder = clean_name(above[-1]) if above else short
        ways.append([short, folder, clean_name("-".join(telling))])
    names = [way[0] for way in ways]
    for level in (1, 2):
        count = Counter(names)
        names = [
            way[level] if count[name] > 1 else name for name, way in zip(names, ways, strict=True)
        ]
    return names
