"""The metrics as plain data: name, family, source. Cheap to import while a workflow is parsed.

A metric of the paper is one function of the same name in `metrics/<family>.py` that maps a
`mergeability.metrics.pair.SketchPair` to a float, and one line here. Definitions: arXiv 2601.22285,
appendix A.3.

The other families look at one task at a time: their functions map a
`mergeability.metrics.directed_pair.DirectedPair`, the pair as seen from one of its tasks, to a
float. Each function gives two metrics, the sum over both sides, `<name>_sum`, and the smaller of
the two, `<name>_min`.
So all metrics are symmetric in the two tasks. None evaluates weights that were made from both task
vectors; that would be a merge.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple


class Passes(NamedTuple):
    """Passes of one checkpoint over samples of its own task, and over those of all tasks."""

    forward_own: float = 0
    forward_all: float = 0
    backward_own: float = 0


class Family(NamedTuple):
    """A group of metrics that need the same part of a sketch.

    `needs` says what beside weights: calibration samples, or the larger set of probe samples;
    `passes` what that costs.
    """

    title: str
    functions: tuple[str, ...]
    needs: Literal["weights", "calibration", "probes"] = "weights"
    one_sided: bool = False
    passes: Passes = Passes()

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of its metrics."""
        if not self.one_sided:
            return self.functions
        return tuple(f"{name}_{how}" for name in self.functions for how in ("sum", "min"))

    @property
    def needs_data(self) -> bool:
        """Whether images are looked at."""
        return self.needs != "weights"


FAMILIES: dict[str, Family] = {
    "task_vector": Family(
        "Task vector",
        functions=(
            "task_vector_cosine_similarity",
            "task_vector_l2_distance",
            "task_vector_dot_product",
            "weight_space_angle",
            "task_vector_magnitude_ratio",
        ),
    ),
    "effective_rank": Family(
        "Effective rank",
        functions=(
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
        functions=(
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
        needs="calibration",
        passes=Passes(forward_all=1),
        functions=(
            "activation_l2_distance",
            "activation_cosine_similarity",
            "activation_magnitude_ratio",
            "activation_dot_product",
        ),
    ),
    "gradient": Family(
        "Gradient",
        needs="calibration",
        passes=Passes(forward_own=1, backward_own=1),
        functions=(
            "encoder_gradient_cosine_similarity",
            "encoder_gradient_l2_distance",
            "encoder_gradient_dot_product",
            "input_gradient_cosine_similarity",
            "input_gradient_l2_distance",
            "input_gradient_dot_product",
        ),
    ),
    "single_update": Family(
        "Single updates",
        one_sided=True,
        functions=("update_norm", "update_depth", "update_evenness"),
    ),
    "single_model": Family(
        "Single models",
        needs="probes",
        one_sided=True,
        passes=Passes(forward_own=2),
        functions=(
            "zero_shot_accuracy",
            "zero_shot_loss",
            "zero_shot_margin",
            "fine_tuned_accuracy",
            "fine_tuned_loss",
            "fine_tuned_margin",
            "zero_shot_ratio",
        ),
    ),
    "interference": Family(
        "Interference",
        needs="probes",
        one_sided=True,
        passes=Passes(forward_own=2, backward_own=2),
        functions=(
            "pretrained_gradient_product",
            "fine_tuned_gradient_product",
            "fisher_norm",
            "fisher_overlap",
        ),
    ),
    "cross_output": Family(
        "Cross outputs",
        needs="probes",
        one_sided=True,
        passes=Passes(forward_own=1, forward_all=1),
        functions=(
            "transfer_accuracy",
            "transfer_loss",
            "transfer_margin",
            "drift",
            "ensemble_ratio",
            "ensemble_loss",
            "ensemble_margin",
        ),
    ),
    "halfway": Family(
        "Halfway models",
        needs="probes",
        one_sided=True,
        passes=Passes(forward_own=2, forward_all=1),
        functions=(
            "halfway_ratio",
            "halfway_loss",
            "halfway_margin",
            "halfway_transfer_accuracy",
            "halfway_transfer_loss",
            "halfway_transfer_margin",
            "halfway_drift",
            "superposition_ratio",
            "superposition_accuracy",
            "superposition_loss",
            "superposition_margin",
        ),
    ),
}

# Those of arXiv 2601.22285: what predictors and analyses look at unless the config says otherwise.
PAPER_FAMILIES = ("task_vector", "effective_rank", "subspace", "activation", "gradient")


def metric_names(families: Iterable[str] = PAPER_FAMILIES) -> list[str]:
    """Names of the metrics of `families`, in the order of the registry."""
    chosen = set(families)
    return [name for key, family in FAMILIES.items() if key in chosen for name in family.metrics]
