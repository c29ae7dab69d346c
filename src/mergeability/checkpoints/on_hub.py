"""Models on a hub, by addresses such as hf://owner/name@revision/folder."""

import re
from pathlib import Path
from urllib.parse import unquote

from mergeability.checkpoints.model_files import (
    ADAPTER_CONFIG,
    ADAPTER_FILES,
    INDEX,
    SUFFIXES,
    TEXTS,
    TEXTS_OF_TRAINERS,
    WEIGHTS_OF_TRAINERS,
    WHOLE,
)
from mergeability.files import read_json
from mergeability.hub import cached_files, fetch_files, list_files

# A path, which is what programs make of it, keeps one of both slashes.
_ADDRESS = re.compile(
    r"hf:/+(?P<repo>[^/@]+/[^/@]+)(@(?P<revision>[^/]+))?(/(?P<inside>.+?))?/*", re.ASCII
)
_FORM = "hf://owner/name[@revision][/folder or file]"
_OF_TRAINERS = (*WEIGHTS_OF_TRAINERS, *TEXTS_OF_TRAINERS)


def fetch_model(address: str) -> Path:
    """The folder or file of a model of a hub, in the cache of huggingface_hub.

    Fetched are its weights, as safetensors where there are any, and its configs, tokenizers and
    processors; no code. What was fetched before does where the hub cannot be reached. Raises
    `ValueError` for no such address, and `OSError`, naming repository and cure, where there is no
    such model or file, or no connection.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(f"{address}: no address of a model on a hub; write {_FORM}")
    repo, revision = found["repo"], found["revision"] and unquote(found["revision"])
    inside = found["inside"] or ""
    if inside.endswith(INDEX):
        inside = inside.rpartition("/")[0]
    try:
        names = list_files(repo, revision=revision)
    except OSError:
        cached = cached_files(repo, revision)
        if cached is None:
            raise
        return cached / inside
    if Path(inside).suffix in SUFFIXES:
        wanted = [inside] if inside in names else []
    else:
        texts, weights = _of_folder(names, f"{inside}/" if inside else "")
        if indexed := [name for name in weights if name.endswith(INDEX)]:
            folder = fetch_files(repo, revision, texts)
            place = read_json(folder / indexed[0]).get("weight_map") or {}
            weights = [str(Path(inside) / name) for name in sorted({*place.values()})]
        wanted = [*texts, *weights] if weights else []
    if not wanted:
        raise FileNotFoundError(
            f"{address}: there are no weights of this name in the repository; correct the folder "
            "or file, or the revision"
        )
    return fetch_files(repo, revision, wanted) / inside


def _of_folder(names: list[str], where: str) -> tuple[list[str], list[str]]:
    """Names of texts, and of weights: one form of them, or their index."""
    inner = [name.removeprefix(where) for name in names if name.startswith(where)]
    kept = [name for name in inner if not Path(name).name.startswith(_OF_TRAINERS)]
    texts = [name for name in kept if name.endswith(TEXTS) and not name.endswith(".py")]
    beside = [name for name in kept if "/" not in name]
    forms = [[name] for index, whole in WHOLE.items() for name in (index, whole)]
    forms += [[n for n in beside if n.endswith(suffix)] for suffix in (".safetensors", ".bin")]
    if ADAPTER_CONFIG in beside:
        forms = [[name] for name in ADAPTER_FILES]
    weights = next((form for form in forms if form and {*form} <= {*beside}), [])
    return [where + name for name in texts], [where + name for name in weights]
