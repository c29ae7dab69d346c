"""The ablations as plain data that costs nothing to import."""

from mergeability.prediction.registry import PREDICTORS

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
    return [*of_any, "penalty", "seed"] if "penalty" in PREDICTORS[method].parameters else of_any
