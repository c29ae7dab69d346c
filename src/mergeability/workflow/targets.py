"""Check the files that somebody asks for by name, before Snakemake looks for their rules."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from mergeability.naming import PAIR_SEPARATOR
from mergeability.sets.names import SET_PREDICTOR, split_set
from mergeability.suggestions import unknown
from mergeability.workflow import paths

if TYPE_CHECKING:
    from mergeability.workflow.study import Study


def target_problems(study: "Study", targets: Iterable[str]) -> Iterator[str]:
    """Targets with the path of an artifact and names that the config does not have, a line each.

    Rules and files of other kinds are left to Snakemake.
    """
    patterns = [
        re.compile(re.sub(r"\\{(\w+)\\}", _group, re.escape(pattern)))
        for pattern in vars(paths).values()
        if isinstance(pattern, str) and "{" in pattern
    ]
    for target in sorted(targets):
        file = re.sub(r"\.png$", ".svg", os.path.relpath(target))  # figures come as both
        found = [match.groupdict() for pattern in patterns if (match := pattern.fullmatch(file))]
        problems = [list(chain(*_problems(study, names))) for names in found]
        if problems and all(problems):
            yield f"{target}: {min(problems, key=len)[0]}"


def _group(wildcard: re.Match[str]) -> str:
    return f"(?P<{wildcard[1]}>{paths.WILDCARDS[wildcard[1]]})"


def _problems(study: "Study", names: Mapping[str, str]) -> Iterator[Iterator[str]]:
    config, zoo = study.config, names.get("zoo", "")
    yield unknown("zoo", [zoo] if zoo else [], study.zoos)
    tasks = study.zoos[zoo].tasks if zoo in study.zoos else []
    known = {
        "task": tasks,
        "held_out_task": tasks,
        "merger": study.mergers,
        "predictor": [*study.prediction.predictors, SET_PREDICTOR],
        "target": study.targets,
        "protocol": study.prediction.protocols,
        "pooled_protocol": study.prediction.pooled_protocols,
        "ablation": study.analysis.ablations,
        "dataset": config.get("datasets", {}),
        "backbone": config.get("backbones", {}),
        "comparison": config.get("comparisons", {}),
        "recommendation": config.get("recommendations", {}),
    }
    for name in names.keys() & known.keys():
        if known[name]:
            yield unknown(name, [names[name]], known[name])
    if "set" in names and tasks:
        yield unknown("task", split_set(names["set"]), tasks)
    if "pair" in names and tasks:
        yield pair_problems(names["pair"], tasks)


def pair_problems(pair: str, tasks: Iterable[str]) -> Iterator[str]:
    """Why a name is not that of a pair of these tasks."""
    named = pair.split(PAIR_SEPARATOR)
    yield from unknown("task", named, tasks)
    if len(named) != 2:
        yield f"a pair has two tasks, {pair!r} names {len(named)}; merges of more are `sets`"
    elif named[0] == named[1]:
        yield f"a pair has two different tasks, {pair!r} names {named[0]!r} twice"
    elif named != sorted(named):
        yield f"tasks of a pair are in lexicographic order: {PAIR_SEPARATOR.join(sorted(named))}"
