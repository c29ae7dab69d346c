"""Check the mergers of a config that fits the schema."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mergeability.plugins import MERGERS, merger_statistics
from mergeability.tuning.parameters import TUNE, fixed_parameters, parameters_of, tuned_parameter

Config = Mapping[str, Any]


def merger_problems(config: Config) -> Iterator[str]:
    """Methods and parameters that do not exist or are not allowed, one line each."""
    sizes = {2, config["sets"]["size"]} if "sets" in config else {2}
    for name, entry in config["mergers"].items():
        key, method = f"mergers.{name}", entry["method"]
        fixed = fixed_parameters(parameters_of(entry))
        problems, variants = list(MERGERS.problems(key, method, fixed)), [fixed]
        if TUNE in entry and method in MERGERS.names():
            parameter, candidates = tuned_parameter(entry)
            variants = [{**fixed, parameter: value} for value in candidates]
            for value in candidates:
                problems += MERGERS.problems(f"{key}.{TUNE}", method, {parameter: value})
            if parameter in entry:
                problems.append(f"{key}: {parameter!r} is given and tuned; keep one of the two")
        yield from dict.fromkeys(problems or _conflicts(key, method, variants, sizes))
    yield from _validation_problems(config)


def _conflicts(
    key: str, method: str, variants: Iterable[Config], sizes: Iterable[int]
) -> Iterator[str]:
    """What a method says of values that are allowed one by one, for each number of models."""
    models, _ = MERGERS.constant(method, "MODELS"), merger_statistics(method)  # rules read both
    for given in variants:
        for size in sorted(sizes) if models is None else [models]:
            if wrong := MERGERS.conflict(method, given, models=size):
                yield f"{key}: {wrong}"


def _validation_problems(config: Config) -> Iterator[str]:
    tuned = [name for name, entry in config["mergers"].items() if TUNE in entry]
    for zoo, entry in config["zoos"].items():
        if tuned and "dataset" in entry and "validation" not in entry:
            yield (
                f"zoos.{zoo}.validation: merger {min(tuned)!r} is tuned, which takes validation "
                "samples; give their number, or the value of its parameter"
            )
