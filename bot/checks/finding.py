"""One thing that was looked at, and what was found."""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What is looked at, in this order."""

    CONFIG = "config"
    SLACK = "slack"
    STORE = "store"
    CLUSTERS = "clusters"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Finding:
    """`sentence` says what is so (no full stop); where it is not well, `fix` says what to do. `place`: file and line."""

    group: Group
    ok: bool
    sentence: str
    fix: str = ""
    place: str = ""
