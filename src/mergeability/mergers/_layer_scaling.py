"""LiNeS, scaling of a merge by depth (Wang et al. 2025, arXiv 2410.17146, section 3); no method."""

import re

from torch import Tensor

from mergeability.tensors import TensorMap


def scale_layers(
    pretrained: TensorMap, merged: TensorMap, first: float, increase: float
) -> dict[str, Tensor]:
    """theta_0 + (first + increase * (l - 1) / (L - 1)) * (theta - theta_0) in block l of L.

    (`first` and `increase` are alpha and beta in the paper.) Tensors outside of the blocks are
    scaled by `first`, as in the authors' code. Raises `ValueError` where there are no blocks.
    """
    depths = {name: _depth(name) for name in pretrained}
    deepest = max((depth for depth in depths.values() if depth is not None), default=None)
    if deepest is None:
        raise ValueError("layer_scaling needs tensors called ...resblocks.<number>...; found none")
    scales = {
        name: first + increase * (depth or 0) / max(1, deepest) for name, depth in depths.items()
    }
    return {
        name: weight + scales[name] * (merged[name] - weight) for name, weight in pretrained.items()
    }


def _depth(name: str) -> int | None:
    found = re.search(r"(?:^|\.)resblocks\.(\d+)\.", name)
    return int(found[1]) if found else None
