"""Check the sets of a config that has no other problem."""

from collections.abc import Iterator, Mapping
from typing import Any

from mergeability.prediction.registry import PREDICTORS
from mergeability.suggestions import unknown
from mergeability.workflow.study import Study


def set_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """One line per problem of its `sets`."""
    if "sets" not in config:
        return
    sets, entry = Study(config).sets, config["sets"]
    if not sets.zoos:
        yield "sets: no zoo has checkpoints and images to evaluate merges with; leave sets out"
    if not sets.mergers:
        yield "sets: no entry of mergers takes more than two models; add one, or leave sets out"
    entries = config["prediction"]["predictors"]
    fitting = [
        name
        for name, predictor in entries.items()
        if PREDICTORS[predictor["method"]].uses_metrics
        and PREDICTORS[predictor["method"]].in_target_units
    ]
    # Others say nothing of unseen tasks, or give scores on a scale of their own.
    yield from unknown("sets.predictors", entry["predictors"], fitting)
    for zoo in sets.zoos:
        try:
            drawn = sets.drawn_of(zoo)
        except ValueError as error:
            yield f"sets: in zoo {zoo}, {error}"
        else:
            decisions = entry.get("decisions", 0)
            if len(drawn) < decisions:
                yield f"sets.decisions: {decisions} is more than the {len(drawn)} sets drawn"
