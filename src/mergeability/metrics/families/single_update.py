"""The update of each model by itself: how far it went, and where in the network."""

import re

import numpy as np

from mergeability.metrics.directed_pair import DirectedPair

PARTS = ("task_vector",)
TITLE = "Single updates"


def update_norm(side: DirectedPair) -> float:
    """||tau||, >= 0."""
    return float(np.sqrt(sum(side.update_norms().values())))


def update_depth(side: DirectedPair) -> float:
    """Mean depth of ||tau||^2, in [0, 1]: 0 before the first block, 1 behind the last.

    Block i of L lies at (i + 1) / (L + 1).
    """
    norms = side.update_norms()
    blocks = {name: _block(name) for name in norms}
    last = max((block for block in blocks.values() if block is not None), default=0)
    depths = [_depth(name, block, last) for name, block in blocks.items()]
    return float(np.average(depths, weights=list(norms.values())))


def update_evenness(side: DirectedPair) -> float:
    """exp(entropy) of the tensors' shares of ||tau||^2 over their number, in (0, 1]: 1 if alike."""
    norms = np.array(list(side.update_norms().values()))
    shares = norms[norms > 0] / norms.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()) / len(norms))


def _block(name: str) -> int | None:
    found = re.search(r"resblocks\.(\d+)\.", name)
    return int(found.group(1)) if found else None


def _depth(name: str, block: int | None, last: int) -> float:
    if block is not None:
        return (block + 1) / (last + 2)
    return 1.0 if name == "proj" or name.startswith("ln_post") else 0.0
