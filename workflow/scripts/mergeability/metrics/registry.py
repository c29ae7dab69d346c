"""The metrics as plain data: name, family, source. Cheap to import while a workflow is parsed.

A metric is one function of the same name in `metrics/<family>.py` that maps a
`mergeability.metrics.pair.SketchPair` to a float, and one line here. All of them are symmetric
in the two tasks. Definitions: arXiv 2601.22285, appendix A.3.
"""

from typing import NamedTuple


class Family(NamedTuple):
    """A group of metrics that need the same part of a sketch."""

    title: str
    needs_data: bool
    metrics: tuple[str, ...]


FAMILIES: dict[str, Family] = {
    "task_vector": Family(
        "Task vector",
        needs_data=False,
        metrics=(
            "task_vector_cosine_similarity",
            "task_vector_l2_distance",
            "task_vector_dot_product",
            "weight_space_angle",
            "task_vector_magnitude_ratio",
        ),
    ),
    "effective_rank": Family(
        "Effective rank",
        needs_data=False,
        metrics=(
            "effective_rank",
            "effective_rank_mergeability_score",
            "stable_rank",
            "spectral_gap",
            "singular_value_ratio",
            "layerwise_effective_rank",
            "layerwise_effective_rank_mergeability_score",
        ),
    ),
    "subspace": Family(
        "Subspace",
        needs_data=False,
        metrics=(
            "singular_value_overlap",
            "subspace_overlap",
            "right_subspace_overlap_top_k",
            "right_subspace_overlap_bottom_k",
            "interaction_matrix_overlap_top_k",
            "interaction_matrix_overlap_bottom_k",
        ),
    ),
    "activation": Family(
        "Activation",
        needs_data=True,
        metrics=(
            "activation_l2_distance",
            "activation_cosine_similarity",
            "activation_magnitude_ratio",
            "activation_dot_product",
        ),
    ),
    "gradient": Family(
        "Gradient",
        needs_data=True,
        metrics=(
            "encoder_gradient_cosine_similarity",
            "encoder_gradient_l2_distance",
            "encoder_gradient_dot_product",
            "input_gradient_cosine_similarity",
            "input_gradient_l2_distance",
            "input_gradient_dot_product",
        ),
    ),
}

# The families of arXiv 2601.22285; predictors look at these unless they name others.
PAPER_FAMILIES = ("task_vector", "effective_rank", "subspace", "activation", "gradient")


def metric_names(families: tuple[str, ...] | list[str] = tuple(FAMILIES)) -> list[str]:
    """Names of the metrics of `families`, in the order of the registry."""
    return [name for key, family in FAMILIES.items() if key in families for name in family.metrics]
