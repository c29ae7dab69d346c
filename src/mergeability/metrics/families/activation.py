"""Geometry of the mean activations of the last block (arXiv 2601.22285, appendix A.3).

Each model's activation is averaged over tokens and over one common calibration set.
"""

from mergeability.metrics.pair import SketchPair

PARTS = ("activation",)


def activation_l2_distance(pair: SketchPair) -> float:
    """||a - b||, >= 0."""
    return pair.activations.distance


def activation_cosine_similarity(pair: SketchPair) -> float:
    """<a, b> / (||a|| ||b||), in [-1, 1]."""
    return pair.activations.cosine


def activation_magnitude_ratio(pair: SketchPair) -> float:
    """Norm of the shorter activation over that of the longer, in (0, 1]."""
    return pair.activations.magnitude_ratio


def activation_dot_product(pair: SketchPair) -> float:
    """<a, b>."""
    return pair.activations.ab
