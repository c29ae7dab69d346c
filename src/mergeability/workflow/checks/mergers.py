"""Check the mergers of a config that fits the schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.plugins import MERGERS
from mergeability.tuning.parameters import TUNE, fixed_parameters, parameters_of, tuned_parameter

Config = Mapping[str, Any]


def merger_problems(config: Config) -> Iterator[str]:
    """Methods and parameters that do not exist or are not allowed, one line each."""
    for name, entry in config["mergers"].items():
        given = fixed_parameters(parameters_of(entry))
        yield from MERGERS.problems(f"mergers.{name}", entry["method"], given)
    yield from _tuning_problems(config)


def _tuning_problems(config: Config) -> Iterator[str]:
    tuned = {name: entry for name, entry in config["mergers"].items() if TUNE in entry}
    known = MERGERS.names()
    for name, entry in tuned.items():
        parameter, candidates = tuned_parameter(entry)
        yield from dict.fromkeys(
            problem
            for value in candidates
            for problem in MERGERS.problems(
                f"mergers.{name}.{TUNE}", entry["method"], {parameter: value}
            )
            if entry["method"] in known
        )
        if parameter in entry:
            yield f"mergers.{name}: {parameter!r} is given and tuned; keep one of the two"
    for zoo, entry in config["zoos"].items():
        if tuned and "dataset" in entry and "validation" not in entry:
            yield (
                f"zoos.{zoo}.validation: merger {min(tuned)!r} is tuned, which takes validation "
                "samples; give their number, or the value of its parameter"
            )
