"""The sketch of a model of any architecture, from what it changes in its base.

Parts are those of `mergeability.metrics.sketch` that stand for singular subspaces, of the matrices
that the model changed. The task vector, which is as large as the model, stays in the files of both:
`mergeability.metrics.change_pair` takes inner products while it reads them.
"""

from collections.abc import Mapping
from typing import Any

from mergeability.checkpoints.alignment import Change, Checkpoint, wide
from mergeability.checkpoints.lazy import ALL, LazyTensor
from mergeability.checkpoints.opening import Weights
from mergeability.files import Tensors
from mergeability.metrics.factors import (
    Factors,
    low_rank_factors,
    rounding_noise,
    singular_factors,
)


def sketch_changes(base: Weights, checkpoint: Checkpoint, settings: Mapping[str, Any]) -> Tensors:
    """The sketch of a checkpoint, one matrix at a time; empty where no `parts` need subspaces.

    `settings`: `parts`, `subspace_rank`, `spectrum_size`. Updates of low rank are decomposed by
    their factors, which costs their rank and not the size of the matrix.
    """
    sizes = settings["subspace_rank"], settings["spectrum_size"]
    parts: Tensors = {}
    for name, change in checkpoint.changes.items() if "subspace" in settings["parts"] else ():
        if len(base.tensors[name].shape) == 2:
            factors = _factors(base.tensors[name], change, *sizes)
            parts |= {f"{part}/{name}": one.numpy() for part, one in factors._asdict().items()}
    return parts


def _factors(tensor: LazyTensor, change: Change, rank: int, spectrum_size: int) -> Factors:
    if change.low_rank:
        return low_rank_factors(*change.low_rank.factors(), rank, spectrum_size)
    before = tensor.load().to(wide(tensor.dtype))
    update = change.update(before, ALL)
    return singular_factors(update, rank, spectrum_size, rounding_noise(before, update))
