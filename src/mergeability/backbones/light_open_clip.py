"""open_clip, imported without what plain CLIP models never use; others import it from here.

torchvision's detection operators ask for torch's compiler, and open_clip for timm and for the
client of Hugging Face's hub. Together they take 2.6 of the 4.7 seconds of processor time that a
job needs to start. Where transformers is installed, open_clip asks for that too, which takes
longer than all the rest.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def _without_unused() -> Iterator[None]:
    """They look absent to what is imported meanwhile, unless they are there already."""
    compiler, utils = ModuleType("torch._dynamo"), ModuleType("torch._dynamo.utils")
    utils.is_compile_supported = lambda _device: False  # type: ignore[attr-defined]
    unused = ("timm", "huggingface_hub", "transformers")
    hidden: dict[str, Any] = dict.fromkeys(unused)
    if "torch._dynamo" not in sys.modules:
        hidden |= {"torch._dynamo": compiler, "torch._dynamo.utils": utils}
    added = hidden.keys() - sys.modules.keys()
    sys.modules.update({name: hidden[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


with _without_unused():
    import open_clip
    from open_clip import CLIP, SimpleTokenizer, image_transform

__all__ = ["CLIP", "SimpleTokenizer", "image_transform", "open_clip"]
