"""Which known name was probably meant by one that is not known."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names that look most like `name`, best first. Large and small letters count as the same."""
    by_lower = {item.lower(): item for item in known}
    found = difflib.get_close_matches(name.lower()[:100], by_lower, n=most, cutoff=0.6)
    return tuple(by_lower[item] for item in found)
