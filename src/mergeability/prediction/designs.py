"""Which pairs of a zoo are merged and tested, where testing all of them costs too much."""

from collections.abc import Collection

from mergeability.naming import pair_name, stable_seed


def design(tasks: Collection[str], partners: int, draw: str = "") -> list[str]:
    """Pairs that give each task so many partners; names of pairs, sorted.

    The tasks lie on a ring, in an order drawn from their names and `draw`, and each is merged with
    those next to it: `partners` / 2 on either side. If that is odd, every second pair of the next
    distance joins them, and a task that is left over gets one partner more. So the design depends
    on no order, and a larger number of partners only adds pairs. One more task adds pairs with
    itself alone; the `partners` / 2 pairs of others that it has come between are no longer asked
    for. (No rule could keep all of them: if whatever is asked for among few tasks were asked for
    among many, it would be all pairs.)
    """
    ring = sorted(tasks, key=lambda task: (stable_seed("design", draw, task), task))
    n = len(ring)
    if partners >= n - 1:
        partners = 2 * (n // 2)
    pairs = {
        pair_name(task, ring[(place + distance) % n])
        for distance in range(1, partners // 2 + 1)
        for place, task in enumerate(ring)
        if n > 1
    }
    if partners % 2:
        pairs |= _every_second(ring, partners // 2 + 1)
    return sorted(pairs)


def _every_second(ring: list[str], distance: int) -> set[str]:
    """Pairs at one distance so that each task has one of them, and as few as possible two."""
    matched: set[str] = set()
    pairs = set()
    partner = {task: ring[(place + distance) % len(ring)] for place, task in enumerate(ring)}
    for alone in (True, False):
        for task in ring:
            if task not in matched and not (alone and partner[task] in matched):
                matched |= {task, partner[task]}
                pairs.add(pair_name(task, partner[task]))
    return pairs
