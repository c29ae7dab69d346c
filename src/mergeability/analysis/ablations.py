"""The ablations as plain data that costs nothing to import."""

from mergeability.prediction.registry import PREDICTOR_METHODS

# What an ablation varies, as it reads on an axis.
ABLATIONS = {
    "without_family": "family of metrics left out",
    "only_family": "only family of metrics",
    "penalty": "weight of the L1 penalty",
    "seed": "seed of the start",
}


def ablations_of(method: str) -> list[str]:
    """The ablations that make sense for a method of prediction."""
    of_any = ["only_family", "without_family"]
    has_penalty = "penalty" in PREDICTOR_METHODS.parameters(method)
    return [*of_any, "penalty", "seed"] if has_penalty else of_any
