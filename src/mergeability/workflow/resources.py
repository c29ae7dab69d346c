"""What a job asks of a cluster, by the number of the attempt."""

from collections.abc import Callable
from typing import Any


def growing(first: int) -> Callable[[Any, int], int]:
    """Resource: `first` in the first attempt, twice as much in the second, and so on.

    In the unit of the resource: MB of memory, minutes of time.
    """

    def amount(_wildcards: Any, attempt: int) -> int:
        return first * attempt

    return amount
