"""Entries of `prediction.predictors`: a method, its parameters, and the metrics it looks at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES, metric_names
from mergeability.prediction.registry import PREDICTORS, resolve_parameters
from mergeability.suggestions import suggestion, unknown

Entry = Mapping[str, Any]

# What an entry says beside the parameters of its method.
_KEYS = {"method", "families", "metric"}


def parameters_of_predictor(entry: Entry) -> dict[str, Any]:
    """All parameters of the method, defaults included; see `registry.resolve_parameters`."""
    given = {key: value for key, value in entry.items() if key not in _KEYS}
    return resolve_parameters(entry["method"], given)


def families_of(entry: Entry, configured: Sequence[str]) -> list[str]:
    """The families of metrics that a predictor learns from, sorted; none for methods without.

    Those the entry names, else those of the paper that are `configured`.
    """
    if not PREDICTORS[entry["method"]].uses_metrics:
        return []
    return sorted(entry.get("families", set(configured) & set(PAPER_FAMILIES)))


def metrics_of(entry: Entry, configured: Sequence[str]) -> list[str]:
    """The metrics that a predictor looks at, sorted: those of its families, or the one it names."""
    named = [entry["metric"]] if "metric" in entry else []
    return sorted([*named, *metric_names(families_of(entry, configured))])


def paper_predictor(entry: Entry, configured: Sequence[str]) -> bool:
    """Whether a predictor learns from the paper's metrics, which analyses look at."""
    return set(families_of(entry, configured)) == set(configured) & set(PAPER_FAMILIES)


def entry_problems(key: str, entry: Entry, configured: Sequence[str]) -> Iterator[str]:
    """What is wrong with the entry at `key` of the config, which fits the schema; one line each."""
    wrong = list(unknown(f"{key}.method", [entry["method"]], PREDICTORS))
    yield from wrong
    if wrong:
        return
    try:
        parameters_of_predictor(entry)
    except ValueError as error:
        yield f"{key}: {error}"
    yield from _family_problems(key, entry, configured)
    yield from _metric_problems(key, entry, configured)


def _family_problems(key: str, entry: Entry, configured: Sequence[str]) -> Iterator[str]:
    if not PREDICTORS[entry["method"]].uses_metrics:
        if "families" in entry:
            yield f"{key}.families: {entry['method']!r} learns from no metric; leave them out"
        return
    families = entry.get("families")
    if families is None:
        if set(configured) <= FAMILIES.keys() - set(PAPER_FAMILIES):
            yield (
                f"{key}.families: the default are families of the paper, of which metrics.families "
                f"has none; name some{suggestion('', configured)}"
            )
    else:
        yield from unknown(f"{key}.families", families, FAMILIES)
        for family in families:
            if family in FAMILIES and family not in configured:
                yield (
                    f"{key}.families: {family!r} is not in metrics.families; add it there, or "
                    f"leave it out here{suggestion(family, configured)}"
                )


def _metric_problems(key: str, entry: Entry, configured: Sequence[str]) -> Iterator[str]:
    method = PREDICTORS[entry["method"]]
    known = metric_names(list(configured))
    if not method.one_column or method.merges:
        if "metric" in entry:
            yield f"{key}.metric: {entry['method']!r} is no single metric; leave it out"
    elif "metric" not in entry:
        yield f"{key}.metric: which metric is the score?{suggestion('', known)}"
    else:
        yield from unknown(f"{key}.metric", [entry["metric"]], known)
