"""`leadsman run`: the bot, until it is told to stop."""

import signal

from bot.clock import SystemClock
from bot.config import ConfigWatch
from bot.log import set_up
from handlers.app import App, serve
from handlers.cli.console import config, fail, quit_with, settings
from handlers.cli.console import run as run_work
from handlers.cli.exits import Exit


def run() -> None:
    """Start the bot.

    Secrets and addresses come from the environment, the rest from leadsman.yaml; `leadsman check` says what is missing. SIGTERM
    ends it: what is under way is finished first, and what lives is taken up at the next start.
    """
    found = settings()
    if missing := found.slack_problems():
        fail("\n".join(map(str, missing)), Exit.USAGE)
    watch = ConfigWatch(found.config, config(found))
    set_up(found.secrets())
    if run_work(serve(App(found, watch, SystemClock()))) is signal.SIGINT:
        quit_with(Exit.INTERRUPTED)
