"""What the entry of a merger says of a parameter that is tuned, and what was chosen for it.

`tune: {scale: [0.1, 0.2]}` stands where `scale: 0.1` would: the values to choose from.
"""

from collections.abc import Mapping
from typing import Any

TUNE = "tune"


def parameters_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an entry of mergers, sorted: all its keys but the method."""
    return {key: entry[key] for key in sorted(entry) if key != "method"}


def fixed_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters whose values are given."""
    return {name: value for name, value in parameters.items() if name != TUNE}


def tuned_parameter(parameters: Mapping[str, Any]) -> tuple[str, list[float]]:
    """Name and candidates, in increasing order, of the parameter that is tuned."""
    ((name, values),) = parameters[TUNE].items()
    return name, sorted(values)


def with_value(merging: Mapping[str, Any], value: float) -> dict[str, Any]:
    """The settings of a merge with `value` for the parameter that is tuned."""
    parameters = merging["parameters"]
    name, _ = tuned_parameter(parameters)
    return {**merging, "parameters": {**fixed_parameters(parameters), name: value}}


def choose(accuracies: Mapping[float, float]) -> float:
    """The candidate of highest accuracy; of several, the smallest."""
    return min(accuracies, key=lambda value: (-accuracies[value], value))
