"""Which sets of tasks are merged: drawn from names alone."""

from functools import cache
from itertools import combinations
from math import comb

from mergeability.naming import stable_seed
from mergeability.sets.names import set_name, split_set

MOST_CANDIDATES = 200_000  # ranking them takes half a second, at every start of the workflow
LEAST_SIZE = 3


@cache
def sample_sets(tasks: tuple[str, ...], size: int, count: int | None, seed: int) -> tuple[str, ...]:
    """Names of `count` sets of `size` of the `tasks` (None: all of them), the first drawn first.

    Every set has a rank of its own, derived from its name and `seed`, and those of lowest rank are
    taken. So the order of `tasks` does not matter, a larger `count` adds sets and drops none, and
    with one more task, sets are replaced only by sets that hold it.

    `ValueError` where there are fewer than `count` sets, or too many to rank.
    """
    candidates = comb(len(tasks), size)
    if candidates > MOST_CANDIDATES:
        raise ValueError(
            f"{candidates} sets of {size} of {len(tasks)} tasks are too many to draw from "
            f"(at most {MOST_CANDIDATES}); take smaller sets, or fewer tasks"
        )
    if candidates < (count or 1):
        raise ValueError(f"there are {candidates} sets of {size} of {len(tasks)} tasks")
    ranked = sorted(map(set_name, combinations(tasks, size)), key=lambda n: _rank(n, seed))
    return tuple(ranked[:count])


def _rank(name: str, seed: int) -> tuple[int, str]:
    return stable_seed(seed, "set", name), name


def subsets(name: str) -> list[str]:
    """The sets of `LEAST_SIZE` tasks and more that lie within a set, without the set itself."""
    tasks = split_set(name)
    return [set_name(s) for n in range(LEAST_SIZE, len(tasks)) for s in combinations(tasks, n)]
