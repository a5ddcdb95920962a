"""Which benchmarks there are."""

import importlib
import logging
from collections.abc import Sequence

from benchmarks.figure import Figure, Scale
from bot.log import set_up

NAMES = ("ack", "due", "idle", "writes", "queries", "watching", "chart", "ready", "memory", "store")
"""The modules of this folder that measure something; each has `measure(scale)`."""


def measure(name: str, scale: Scale) -> Sequence[Figure]:
    """The figures of one benchmark. Nothing is logged but errors: a log that scrolls by is work too."""
    set_up(level=logging.ERROR)
    found: Sequence[Figure] = importlib.import_module(f"benchmarks.{name}").measure(scale)
    return found
