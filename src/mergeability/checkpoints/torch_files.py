"""Files of `torch.save`, opened by torch's own unpickler for weights, which runs no code.

That unpickler builds tensors and plain containers, and knows no other class or function. Where a
pickled module is asked for, `_Inert` takes the place of each: it keeps what it is given, and does
nothing.
"""

import pickle
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from mergeability.files import check_memory
from mergeability.suggestions import shortened

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"

# torch checks little of a file beforehand: a broken one comes out as any of these.
_BROKEN = (
    *(AssertionError, AttributeError, BadZipFile, EOFError, IndexError, KeyError, MemoryError),
    *(OSError, RuntimeError, struct.error, TypeError, ValueError),
)

_RECIPE = """
    model = torch.load({name!r}, weights_only=False)
    torch.save(model.state_dict(), "state_dict.pt")"""
_SCRIPT_RECIPE = """
    model = torch.jit.load({name!r}, map_location="cpu")
    torch.save(model.state_dict(), "state_dict.pt")"""


class _Inert:
    """Stands for whatever class or function a pickle names."""

    state: Any = None

    def __new__(cls, *_: object) -> "_Inert":
        return super().__new__(cls)

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        self.state = state


def is_torch_file(start: bytes) -> bool:
    """Whether a file with these first bytes may be one of `torch.save`."""
    return start.startswith((_ZIP, _PICKLE))


def read_torch_file(path: Path, allow_pickle: bool) -> Mapping[str, Any]:
    """The entries of a state dict, or with `allow_pickle` of the state of a pickled module.

    Raises `ValueError`, naming file and cure, for a file that is broken or would have to run code.
    """
    with path.open("rb") as file:
        zipped = file.read(len(_ZIP)) == _ZIP
    with _explained(path):
        script = zipped and _is_script(path)
        unknown = get_unsafe_globals_in_checkpoint(path) if zipped and not script else []
    if script:
        raise ValueError(
            f"{path}: a TorchScript program, as OpenAI publishes its weights, which is not opened. "
            f"If you trust it, convert it:{_SCRIPT_RECIPE.format(name=path.name)}"
        )
    if unknown and not allow_pickle:
        raise ValueError(
            f"{path}: a pickle of Python objects ({shortened(_most_telling_first(unknown))}). "
            "Opening it as such could run any code, so it was not opened. Set allow_pickle: true "
            "to read its tensors, with none of its classes imported and none of its code run; or, "
            f"if you trust it, convert it where its code is installed:"
            f"{_RECIPE.format(name=path.name)}"
        )
    with _explained(path), safe_globals([(_Inert, name) for name in unknown]):
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
        entries = dict(_state_of(content)) if isinstance(content, _Inert) else content
    if not isinstance(entries, Mapping) or not all(isinstance(name, str) for name in entries):
        raise ValueError(
            f"{path}: holds a {type(entries).__name__} instead of a state dict; save the result "
            "of state_dict() into a file of its own"
        )
    return entries


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn whatever torch raises into one error that names the file and says what to do."""
    try:
        yield
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{path}: holds more than tensors, in a form of which the tensors alone cannot be "
            "read. Opening it could run any code, so it was not opened. If you trust it, convert "
            f"it where its code is installed:{_RECIPE.format(name=path.name)}"
        ) from error
    except _BROKEN as error:
        check_memory(path, error)
        reason = str(error).split("\n")[0] or type(error).__name__
        raise ValueError(
            f"{path}: broken PyTorch file ({reason}); it may be cut short, copy or download it "
            "again"
        ) from error


def _is_script(path: Path) -> bool:
    with ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _most_telling_first(names: Sequence[str]) -> list[str]:
    """Sorted, but what belongs to the libraries of every such file last."""
    return sorted(names, key=lambda name: (name.startswith(("torch", "open_clip")), name))


def _state_of(module: _Inert, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """What `state_dict()` of a module would give, from the attributes that it was pickled with."""
    state = module.state
    passing = state["_non_persistent_buffers_set"]
    lasting = {name: value for name, value in state["_buffers"].items() if name not in passing}
    for name, value in {**state["_parameters"], **lasting}.items():
        if value is not None:
            yield prefix + name, value.detach()
    for name, child in state["_modules"].items():
        if child is not None:
            yield from _state_of(child, f"{prefix}{name}.")
