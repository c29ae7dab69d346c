"""RegMean++ (Nguyen et al. 2025, arXiv 2508.03121): RegMean on what the merged layers pass on."""

import re
from collections.abc import Mapping
from itertools import groupby

from torch import Tensor

from mergeability.mergers import Examples, Fraction, TaskVectors, merge_each_tensor, regmean
from mergeability.tensors import TensorMap

STATISTICS = "examples"
WHOLE: dict[str, str] = {}


def merge(
    pretrained: TensorMap,
    task_vectors: TaskVectors,
    *,
    off_diagonal: Fraction = 0.95,
    statistics: Mapping[str, Examples],
) -> dict[str, Tensor]:
    """RegMean (see `regmean`), block by block, each fed by the merged blocks before it.

    In RegMean, G_i = X_i^T X_i holds the inputs that a layer has in model i. Here X_i are the
    inputs that the layer has in block l of model i, when the samples of task i have come through
    the blocks below l of the merged model; these are the inputs it will have. Tensors that are no
    such layers are the mean, as those of the blocks above l until it is their turn. A layer outside
    of the blocks, such as that of patches or `proj`, is a block of its own; the authors leave these
    at the mean. Their code divides each G_i by the number of its rows, the paper does not.

    All samples run through the encoder once per block and model: with L blocks, L times the cost of
    the statistics of `regmean`, for every merge anew. Raises `ValueError` as `regmean` does.
    """
    merged = merge_each_tensor(pretrained, task_vectors, lambda updates: updates.mean(dim=0))
    layers = next(iter(statistics.values())).layers(merged)
    for block, names in groupby(layers, _block):
        regressed = list(names)
        inside = [name for name in pretrained if _block(name) == block]
        grams = {}
        for task, tau in task_vectors.items():
            own = {name: pretrained[name] + tau[name] for name in inside}
            grams[task] = statistics[task].grams({**merged, **own}, regressed)
        merged |= regmean.merge(
            {name: pretrained[name] for name in regressed},
            {task: {name: tau[name] for name in regressed} for task, tau in task_vectors.items()},
            off_diagonal=off_diagonal,
            statistics=grams,
        )
    return merged


def _block(name: str) -> str:
    """The name up to the number of its block, as `transformer.resblocks.3`; all of it outside."""
    found = re.match(r".*?\.\d+(?=\.)", name)
    return found[0] if found else name
