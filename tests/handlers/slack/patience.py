"""A machine that stands still for some seconds is no test's subject: neither Slack nor the bot gives the other up for it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from types import ModuleType

import pytest

from bot.playground.slack import Workspace
from handlers.slack import acting, commands, front, intake, modals, opening, socket

PATIENCE = 60.0
"""Real seconds."""

SHORT = 0.2
"""Real seconds for what is to be over soon."""

LONG_AGO = timedelta(days=1)
"""What happened less than this ago still explains why an act came too late: in a story's time, two minutes are over soon."""

BUDGETS = (
    (commands, "PATIENCE"),
    (intake, "PATIENCE"),
    (modals, "BUDGET"),
    (modals, "READ"),
    (opening, "PATIENCE"),
    (socket, "PING"),
    (intake, "_DRAIN"),
    (front, "_DRAIN"),
)
"""What the bot waits for at most before it answers Slack, how long a connection may be silent, and what an end waits for."""


@contextmanager
def budget(module: ModuleType, name: str, time: float | timedelta) -> Iterator[None]:
    """Let the bot have so much time for what this budget is for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, time)
        yield


@contextmanager
def patient(slack: Workspace) -> Iterator[None]:
    """Let acknowledgements, forms and connections take as long as the machine does; `budget` is for a test of one of them."""
    slack.courier.budget = slack.records.triggers.life = PATIENCE
    with ExitStack() as stack:
        for module, name in BUDGETS:
            stack.enter_context(budget(module, name, PATIENCE))
        stack.enter_context(budget(acting, "RECENT", LONG_AGO))
        yield
