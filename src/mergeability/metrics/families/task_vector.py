"""Geometry of the two task vectors (arXiv 2601.22285, appendix A.3, task vector metrics)."""

from mergeability.metrics.pair import SketchPair

PARTS = ("task_vector",)


def task_vector_cosine_similarity(pair: SketchPair) -> float:
    """<tau_a, tau_b> / (||tau_a|| ||tau_b||), in [-1, 1]."""
    return pair.task_vectors.cosine


def task_vector_l2_distance(pair: SketchPair) -> float:
    """||tau_a - tau_b||, >= 0."""
    return pair.task_vectors.distance


def task_vector_dot_product(pair: SketchPair) -> float:
    """<tau_a, tau_b>."""
    return pair.task_vectors.ab


def weight_space_angle(pair: SketchPair) -> float:
    """Angle between the task vectors in degrees, in [0, 180]."""
    return pair.task_vectors.angle


def task_vector_magnitude_ratio(pair: SketchPair) -> float:
    """Norm of the shorter task vector over that of the longer, in (0, 1]."""
    return pair.task_vectors.magnitude_ratio
