"""The elected sign of TIES, which several mergers share; not a method."""

from torch import Tensor


def disjoint_mean(updates: Tensor) -> Tensor:
    """Mean over the models [models, ...] whose entry has the sign of the sum over models."""
    agrees = agreeing(updates)
    return (updates * agrees).sum(dim=0) / agrees.sum(dim=0).clamp(min=1)


def agreeing(updates: Tensor) -> Tensor:
    """Which entries [models, ...] are not 0 and have the sign of the sum over models."""
    return (updates.sign() == updates.sum(dim=0).sign()) & (updates != 0)
