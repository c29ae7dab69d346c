"""Which files a study consists of, and how evaluations are bundled into jobs."""

from collections.abc import Sequence
from typing import NamedTuple

from mergeability.naming import pair_name


class Bundle(NamedTuple):
    """Pairs that one evaluation job handles, and a name for the job."""

    name: str
    pairs: tuple[str, ...]


def bundle_pairs(tasks: Sequence[str], pairs_per_job: int) -> list[Bundle]:
    """Split all pairs of `tasks` into bundles of at most `pairs_per_job`.

    A bundle holds pairs of one task with tasks before it in the list. So a task that is appended
    adds bundles and changes none; moving a task inside the list does change bundles.
    """
    bundles = []
    for position, later in enumerate(tasks):
        pairs = [pair_name(earlier, later) for earlier in tasks[:position]]
        for start in range(0, len(pairs), pairs_per_job):
            name = f"{later}_{start // pairs_per_job + 1}"
            bundles.append(Bundle(name, tuple(pairs[start : start + pairs_per_job])))
    return bundles
