"""Messages about names that do not exist: what is allowed, and what was probably meant."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from math import isfinite, nan
from typing import Any


def unknown(key: str, names: Iterable[Any], allowed: Iterable[str]) -> Iterator[str]:
    """One line for each of the `names` given under `key` that is not among the allowed ones."""
    for name in names:
        if name not in set(allowed):
            yield f"{key}: unknown {name!r}{suggestion(name, allowed)}"


def number_hint(value: Any) -> str:
    """Why a text is no number to YAML, where it looks like one; to be put after a message."""
    try:
        number = float(value) if isinstance(value, str) else nan
    except ValueError:
        return ""
    if not isfinite(number):
        return ""
    mantissa, e, exponent = value.strip().lower().partition("e")
    if e:
        mantissa += "" if "." in mantissa else ".0"
        exponent = exponent if exponent[0] in "+-" else f"+{exponent}"
    return f" (this is text; in a YAML file, write {mantissa}{e}{exponent} without quotes)"


def suggestion(name: Any, allowed: Iterable[str]) -> str:
    """What may stand in the place of `name`, the closest first."""
    listed = sorted(allowed)
    close = get_close_matches(str(name), listed, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"{hint}; allowed: {', '.join(listed) if listed else 'none'}"


def shortened(items: Sequence[str], limit: int = 5) -> str:
    """The first items, and how many more there are."""
    listed = ", ".join(items[:limit])
    return listed if len(items) <= limit else f"{listed} and {len(items) - limit} more"
