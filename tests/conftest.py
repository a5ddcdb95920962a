"""How the tests run everywhere: properties with patience, and what waits for long beginning first, beside the rest.

A machine that is busy for a moment makes no property false.
"""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # What must hold before a change lands is the same question every time; elsewhere each run tries new examples.
    derandomize="LEADSMAN_REQUIRE" in os.environ,
)
settings.load_profile("patient")

pytest_plugins = ("tests.rights",)

# No test speaks to anybody whom the system's authorities vouch for, and reading them takes each client and each process 40 ms.
os.environ["SSL_CERT_FILE"] = os.devnull

# A shell that starts the tests in the background lets them ignore Ctrl-C, and the processes that they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
LONGEST_FIRST = (
    "survival/test_kills.py",
    "demo",
    "survival",
    "end_to_end",
    "stories",
    "handlers/slack/saying/test_many.py",
    "handlers/slack/incoming",
    "bot/store/test_kill.py",
    "handlers/cli",
    "bot/argo",
    "strategies/test_exhaustive.py",
    "strategies/test_properties.py",
)
"""Folders and files whose tests take seconds each. One of them begun last would keep a single worker busy at the end."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two more workers than cores with `-n auto`: most of the long tests' time is waiting for what they started."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers, the long tests go first; a single process keeps the order of the folders."""
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    path = item.path.relative_to(TESTS)
    return next((n for n, one in enumerate(LONGEST_FIRST) if path.is_relative_to(one)), len(LONGEST_FIRST))
