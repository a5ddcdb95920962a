"""One thing that was looked at, and what was found."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import LeadsmanError


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


def unreached(group: Group, name: str, error: LeadsmanError, place: str) -> Finding:
    """That what is called `name` cannot be asked: the error's first sentence, and its advice as the fix."""
    sentence, _, fix = str(error).removeprefix(f"Cluster {name}: ").partition(". ")
    return Finding(group, ok=False, sentence=f"{name}: {sentence.rstrip('.')}", fix=fix, place=place)
