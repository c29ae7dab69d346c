"""How long something takes on a machine to itself."""

from collections.abc import Callable
from time import perf_counter

_REPEATS = 3


def least_seconds(action: Callable[[], object]) -> float:
    """Seconds that `action` takes, the least of three attempts."""
    times = []
    for _ in range(_REPEATS):
        start = perf_counter()
        action()
        times.append(perf_counter() - start)
    return min(times)
