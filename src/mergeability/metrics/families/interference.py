"""What the other model's task vector does to a task, to first and second order.

g and F are the gradient of the mean loss and the diagonal of the empirical Fisher information on
the task's probe samples, so that along the other's update

    loss(theta + tau) - loss(theta)  ~  g . tau + tau' F tau / 2

Both are properties of one model; the two meet in an inner product only.
Sources: Kirkpatrick et al., PNAS 114, 2017, equation 3 (Fisher-weighted distance); Matena and
Raffel, arXiv 2111.09832 (Fisher information of CLIP-sized encoders).
"""

from math import sqrt

from mergeability.metrics.directed_pair import DirectedPair

PARTS = ("task_vector", "probe_gradients")


def pretrained_gradient_product(side: DirectedPair) -> float:
    """g . tau_other, g at the pretrained weights: below 0 where the other's update helps."""
    return side.along_other("pretrained_gradient")


def fine_tuned_gradient_product(side: DirectedPair) -> float:
    """g . tau_other, g at the task's checkpoint."""
    return side.along_other("fine_tuned_gradient")


def fisher_norm(side: DirectedPair) -> float:
    """sqrt(tau_other' F tau_other), F at the task's checkpoint, >= 0."""
    return sqrt(side.fisher_product("other", "other"))


def fisher_overlap(side: DirectedPair) -> float:
    """Cosine of both task vectors in the metric F of the task's checkpoint, in [-1, 1]."""
    lengths = side.fisher_product("own", "own") * side.fisher_product("other", "other")
    if lengths == 0:
        raise ValueError(
            "the Fisher information of a checkpoint vanishes along a task vector; the checkpoint "
            "equals the pretrained weights, or its loss is zero on all probe samples"
        )
    return side.fisher_product("own", "other") / sqrt(lengths)
