"""Tensors from files of others; nothing that such a file contains is ever run."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from mergeability.checkpoints.lazy import LazyTensor, of_tensor, open_safetensors
from mergeability.checkpoints.torch_files import is_torch_file, read_torch_file
from mergeability.joblog import logger
from mergeability.suggestions import shortened

# What public files hold beside weights: sizes, and the number of each position.
_NO_WEIGHTS = {"model_name", "input_resolution", "context_length", "vocab_size"}
_POSITIONS = "position_ids"
# Where training programs keep the state dict, beside the state of the training.
_NESTED = ("state_dict", "model_state_dict", "model")
_SHARD = re.compile(r".*-\d+-of-(\d+)\.\w+")


def number_of_shards(path: Path) -> int:
    """Of how many files a model consists, by the name of one of them."""
    shard = _SHARD.fullmatch(path.name)
    return int(shard[1]) if shard else 1


def open_foreign(path: Path, allow_pickle: bool = False) -> dict[str, LazyTensor]:
    """The weights in a safetensors or PyTorch file, by the names and in the types they have there.

    Nothing is read before it is asked for: a PyTorch file is mapped to memory where its format
    allows, which is that of torch since 1.6. What the file is, its content tells and not its name.
    A PyTorch file may hold a state dict, or one among the states of a training, as open_clip saves
    it; with `allow_pickle` also a whole module, as published with task_vectors (Ilharco et al.
    2023), of which only the tensors are taken: its classes are neither imported nor run.

    Raises one `ValueError` that names the file and the cure for anything that is no such file, cut
    short, or holds more than tensors.
    """
    with path.open("rb") as file:
        start = file.read(9)
    if not start:
        raise ValueError(f"{path}: the file is empty; copy or download it again")
    content: Mapping[str, Any]
    if start[8:] == b"{":  # the length of the header, then the header
        content = open_safetensors(path)
    elif is_torch_file(start):
        if path.suffix == ".safetensors":  # torch would go by the name
            raise ValueError(f"{path}: a PyTorch file, not safetensors; name it .pt")
        content = read_torch_file(path, allow_pickle)
    else:
        raise ValueError(
            f"{path}: neither safetensors nor a PyTorch file, it starts with {start!r}; is it a "
            "pointer of Git LFS or a web page in its place? Download the file itself"
        )
    content = _state_dict_of(path, content)
    weights = {
        name: value
        for name, value in content.items()
        if name.split(".")[-1] not in _NO_WEIGHTS and not name.endswith(_POSITIONS)
    }
    others = [name for name in weights if not isinstance(weights[name], Tensor | LazyTensor)]
    if others := sorted(others):
        raise ValueError(
            f"{path}: holds entries that are not tensors ({shortened(others)}); save the state "
            "dict alone into a file of its own"
        )
    return {
        name: of_tensor(value) if isinstance(value, Tensor) else value
        for name, value in weights.items()
    }


def _state_dict_of(path: Path, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state dict that is an entry of what a training saved; any other content as it is."""
    nested = [name for name in _NESTED if isinstance(content.get(name), Mapping)]
    if not nested:
        return content
    if len(nested) > 1:
        raise ValueError(
            f"{path}: holds several state dicts ({', '.join(nested)}); save the one to read alone"
        )
    others = sorted(content.keys() - {*nested})
    logger.info("%s: read entry %r, left out: %s", path, nested[0], shortened(others) or "none")
    inner: Mapping[str, Any] = content[nested[0]]
    if not all(isinstance(name, str) for name in inner):
        raise ValueError(f"{path}: entry {nested[0]!r} is no state dict; save the state dict alone")
    return inner
