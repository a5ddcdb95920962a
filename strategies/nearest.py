"""Which known name was probably meant by one that is not known."""

import difflib
from collections.abc import Iterable

_CLEARLY = 0.2
"""So much less alike, of 1, a name is not what was meant."""


def nearest(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names that look most like `name`, best first, without those that look clearly less like it than the best.

    Large and small letters count as the same.
    """
    by_lower, wanted = {item.lower(): item for item in known}, name.lower()[:100]
    found = difflib.get_close_matches(wanted, by_lower, n=most, cutoff=0.6)
    likeness = [difflib.SequenceMatcher(None, item, wanted).ratio() for item in found]
    return tuple(by_lower[item] for item, like in zip(found, likeness, strict=True) if like >= likeness[0] - _CLEARLY)
