"""Amounts of a resource as Kubernetes writes them: `2`, `1.5`, `500m`, `256Mi`, `1e3` (apimachinery `pkg/api/resource`)."""

import math
import re
from fractions import Fraction

_WRITTEN = re.compile(
    r"([+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40}))([numkMGTPE]?|[KMGTPE]i|[eE][+-]?[0-9]{1,2})", re.ASCII
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BILLION = 10**9
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def amount(written: object) -> Fraction | None:
    """The number, or None for what is no quantity. What is smaller than a billionth is rounded up, away from zero."""
    text = str(written) if isinstance(written, int | float | str) and not isinstance(written, bool) else ""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    number, suffix = Fraction(found[1].removesuffix(".")), found[2]
    if suffix in _BINARY:
        number *= Fraction(1024) ** _BINARY[suffix]
    else:
        number *= Fraction(10) ** (_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:]))
    least = Fraction(math.ceil(abs(number) * _BILLION), _BILLION)
    return least if number >= 0 else -least
