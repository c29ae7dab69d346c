"""Messages about names that do not exist: what is allowed, and what was probably meant."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any


def unknown(key: str, names: Iterable[Any], allowed: Iterable[str]) -> Iterator[str]:
    """One line for each of the `names` given under `key` that is not among the allowed ones."""
    for name in names:
        if name not in set(allowed):
            yield f"{key}: unknown {name!r}{suggestion(name, allowed)}"


def suggestion(name: Any, allowed: Iterable[str]) -> str:
    """What may stand in the place of `name`, the closest first."""
    listed = sorted(allowed)
    close = get_close_matches(str(name), listed, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"{hint}; allowed: {', '.join(listed) if listed else 'none'}"
