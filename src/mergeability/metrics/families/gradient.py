"""Geometry of the two models' loss gradients (arXiv 2601.22285, appendix A.3).

Each model's gradient is that of its mean cross-entropy on its own task's calibration samples,
through that task's zero-shot head, at its own fine-tuned weights.
"""

from mergeability.metrics.pair import SketchPair

PARTS = ("gradient",)


def encoder_gradient_cosine_similarity(pair: SketchPair) -> float:
    """Cosine of the gradients with respect to the encoder's parameters, in [-1, 1]."""
    return pair.encoder_gradients.cosine


def encoder_gradient_l2_distance(pair: SketchPair) -> float:
    """Distance of the gradients with respect to the encoder's parameters, >= 0."""
    return pair.encoder_gradients.distance


def encoder_gradient_dot_product(pair: SketchPair) -> float:
    """Inner product of the gradients with respect to the encoder's parameters."""
    return pair.encoder_gradients.ab


def input_gradient_cosine_similarity(pair: SketchPair) -> float:
    """Cosine of the gradients with respect to the input pixels, samples concatenated."""
    return pair.input_gradients.cosine


def input_gradient_l2_distance(pair: SketchPair) -> float:
    """Distance of the gradients with respect to the input pixels, samples concatenated, >= 0."""
    return pair.input_gradients.distance


def input_gradient_dot_product(pair: SketchPair) -> float:
    """Inner product of the gradients with respect to the input pixels, samples concatenated."""
    return pair.input_gradients.ab
