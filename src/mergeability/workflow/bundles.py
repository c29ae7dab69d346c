"""Which files a study consists of, and how evaluations are bundled into jobs."""

from collections.abc import Sequence
from typing import NamedTuple

from mergeability.naming import pair_name


class Bundle(NamedTuple):
    """Pairs (or sets) that one job handles, and a name for the job."""

    name: str
    pairs: tuple[str, ...]


def bundle_pairs(tasks: Sequence[str], pairs_per_job: int) -> list[Bundle]:
    """Split all pairs of `tasks` into bundles of at most `pairs_per_job`.

    The pairs of each task with the tasks before it in the list stay together where they fit, and
    join those of the task before it while there is room. So a task that is appended adds bundles
    and changes at most the last one: none if there are more tasks than half of `pairs_per_job`,
    rounded up. Moving a task inside the list does change bundles.
    """
    bundles: list[Bundle] = []
    for position, later in enumerate(tasks):
        pairs = tuple(pair_name(earlier, later) for earlier in tasks[:position])
        if bundles and len(bundles[-1].pairs) + len(pairs) <= pairs_per_job:
            bundles[-1] = Bundle(bundles[-1].name, bundles[-1].pairs + pairs)
            continue
        bundles += in_parts(later, pairs, pairs_per_job)
    return bundles


def in_parts(name: str, pairs: Sequence[str], size: int) -> list[Bundle]:
    """Bundles of at most `size` pairs (or sets), named after `name` and numbered from 1."""
    return [
        Bundle(f"{name}_{start // size + 1}", tuple(pairs[start : start + size]))
        for start in range(0, len(pairs), size)
    ]
