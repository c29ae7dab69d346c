"""How two-dimensional the span of two task vectors is (arXiv 2601.22285, appendix A.3).

All follow from the singular values s1 >= s2 of the 2 x D matrix whose rows are the task vectors.
Score = 2 - rank and gap = 1 - ratio: the published set holds these functional duplicates.
"""

from math import exp, log

from mergeability.metrics.geometry import Gram
from mergeability.metrics.pair import SketchPair

PARTS = ("task_vector",)


def effective_rank(pair: SketchPair) -> float:
    """exp of the entropy of (s1, s2) / (s1 + s2) (Roy & Vetterli 2007), in [1, 2]."""
    return _effective_rank(pair.task_vectors)


def effective_rank_mergeability_score(pair: SketchPair) -> float:
    """2 - effective rank, in [0, 1]: 1 for parallel task vectors."""
    return 2.0 - effective_rank(pair)


def stable_rank(pair: SketchPair) -> float:
    """(s1 + s2)^2 / (s1^2 + s2^2) as published, in [1, 2]."""
    first, second = pair.task_vectors.singular_values
    return (first + second) ** 2 / (first**2 + second**2)


def spectral_gap(pair: SketchPair) -> float:
    """(s1 - s2) / s1 = 1 - s2 / s1, in [0, 1]."""
    return 1.0 - singular_value_ratio(pair)


def singular_value_ratio(pair: SketchPair) -> float:
    """s2 / s1, in [0, 1]."""
    first, second = pair.task_vectors.singular_values
    return second / first


def layerwise_effective_rank(pair: SketchPair) -> float:
    """Mean over tensors of the effective rank of their two updates, in [1, 2].

    A tensor weighs ||tau_a|| + ||tau_b||, so that tensors that neither model changed do not count.
    """
    weights = [sum(gram.norms) for gram in pair.tensor_grams]
    ranks = [
        _effective_rank(gram) if weight else 0.0
        for gram, weight in zip(pair.tensor_grams, weights, strict=True)
    ]
    return sum(w * r for w, r in zip(weights, ranks, strict=True)) / sum(weights)


def layerwise_effective_rank_mergeability_score(pair: SketchPair) -> float:
    """2 - layerwise effective rank, in [0, 1]."""
    return 2.0 - layerwise_effective_rank(pair)


def _effective_rank(gram: Gram) -> float:
    total = sum(gram.singular_values)
    shares = [value / total for value in gram.singular_values]
    return exp(-sum(share * log(share) for share in shares if share > 0.0))
