"""Tensors from files of others; nothing that such a file contains is ever run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from mergeability.backbones.architecture import shortened
from mergeability.checkpoints.torch_files import is_torch_file, read_torch_file

# What public files hold beside weights: sizes, and the number of each position.
_NO_WEIGHTS = {"model_name", "input_resolution", "context_length", "vocab_size"}
_POSITIONS = "position_ids"


def read_foreign(path: str | Path, allow_pickle: bool = False) -> dict[str, Tensor]:
    """The weights in a safetensors or PyTorch file, by the names and in the types they have there.

    What the file is, its content tells and not its name. A PyTorch file may hold a state dict;
    with `allow_pickle` also a whole module, as published with task_vectors (Ilharco et al. 2023),
    of which only the tensors are taken: its classes are neither imported nor run.

    Raises one `ValueError` that names the file and the cure for anything that is no such file, cut
    short, or holds more than tensors.
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(9)
    if not start:
        raise ValueError(f"{path}: the file is empty; copy or download it again")
    content: Mapping[str, Any]
    if start[8:] == b"{":  # the length of the header, then the header
        content = _read_safetensors(path)
    elif is_torch_file(start):
        if path.suffix == ".safetensors":  # torch would go by the name
            raise ValueError(f"{path}: a PyTorch file, not safetensors; name it .pt")
        content = read_torch_file(path, allow_pickle)
    else:
        raise ValueError(
            f"{path}: neither safetensors nor a PyTorch file, it starts with {start!r}; is it a "
            "pointer of Git LFS or a web page in its place? Download the file itself"
        )
    weights = {
        name: value
        for name, value in content.items()
        if name not in _NO_WEIGHTS and not name.endswith(_POSITIONS)
    }
    if others := sorted(name for name in weights if not isinstance(weights[name], Tensor)):
        raise ValueError(
            f"{path}: holds entries that are not tensors ({shortened(others)}); save the state "
            "dict alone into a file of its own"
        )
    return weights


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in sorted(file.keys())}
    except SafetensorError as error:
        raise ValueError(
            f"{path}: broken safetensors file ({error}); it may be cut short, copy or download it "
            "again"
        ) from error
