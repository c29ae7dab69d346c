"""Which targets share a job. Where starting a process costs most, several do.

The config key `targets_per_job` says how many of each kind. With 1, one rule serves all targets of
all zoos, and every rebuild is exact to the target.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from mergeability.naming import pair_name
from mergeability.sets.names import split_set
from mergeability.workflow.paths import one_of

ANY_TASK = "{task}"
ANY_PAIR = "{pair}"
ANY_SET = "{set}"


class Bundle(NamedTuple):
    """Tasks, pairs or sets that one job handles, and a name for the job."""

    name: str
    targets: tuple[str, ...]


class Job(NamedTuple):
    """A kind of job: its rule, a pattern of its zoo, a name for its log, its targets.

    Targets are tasks, pairs or sets. With one per job, the only target is its wildcard.
    """

    rule: str
    zoo_pattern: str
    name: str
    targets: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the message of the job calls its targets."""
        title = self.targets[0].replace("{", "{wildcards.")
        return f"{title} and {len(self.targets) - 1} more" if len(self.targets) > 1 else title

    def names(self, wildcards: Any) -> list[str]:
        """The targets that a job with these wildcards has."""
        known = dict(wildcards.items())
        return [target.format(**known) for target in self.targets]


def jobs_of_bundles(
    rule: str, wildcard: str, zoos: Sequence[str], size: int, bundles: Callable[[str], list[Bundle]]
) -> list[Job]:
    """The jobs of a rule: one kind for all where `size` is 1, else one per bundle of a zoo."""
    if size == 1:
        return [Job(rule, one_of(zoos), wildcard, (wildcard,))]
    return [
        # Two underscores: no name of a zoo holds them, so that no two rules can share a name.
        Job(f"{rule}_{zoo}__{bundle.name}", one_of([zoo]), bundle.name, bundle.targets)
        for zoo in zoos
        for bundle in bundles(zoo)
    ]


def bundle_pairs(tasks: Sequence[str], size: int) -> list[Bundle]:
    """Split all pairs of `tasks` into bundles of at most `size`.

    The pairs of each task with the tasks before it in the list stay together where they fit, and
    join those of the task before it while there is room. So a task that is appended adds bundles
    and changes at most the last one: none if there are more tasks than half of `size`, rounded up.
    Moving a task inside the list does change bundles.
    """
    bundles: list[Bundle] = []
    for position, later in enumerate(tasks):
        pairs = tuple(pair_name(earlier, later) for earlier in tasks[:position])
        if bundles and len(bundles[-1].targets) + len(pairs) <= size:
            bundles[-1] = Bundle(bundles[-1].name, bundles[-1].targets + pairs)
            continue
        bundles += in_parts(later, pairs, size)
    return bundles


def bundle_sets(sets: Iterable[str], tasks: Sequence[str], size: int) -> list[Bundle]:
    """Split `sets` into bundles of at most `size`.

    A bundle holds sets of one task with tasks before it in the list `tasks`, in the order of
    `sets`. So neither a task that is appended nor sets that are drawn in addition change a bundle
    that is full, and sets that are drawn no more are missing at the end.
    """
    position = {task: place for place, task in enumerate(tasks)}
    by_last: dict[str, list[str]] = {task: [] for task in tasks}
    for name in sets:
        by_last[max(split_set(name), key=position.__getitem__)].append(name)
    return [bundle for last, own in by_last.items() for bundle in in_parts(last, own, size)]


def in_parts(name: str, targets: Sequence[str], size: int) -> list[Bundle]:
    """Bundles of at most `size` targets in their order, named after `name` and numbered from 1.

    A target that is appended changes at most the last bundle, and none where that is full.
    """
    return [
        Bundle(f"{name}_{start // size + 1}", tuple(targets[start : start + size]))
        for start in range(0, len(targets), size)
    ]
