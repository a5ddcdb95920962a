"""`leadsman run`: the bot, until it is told to stop."""

from bot.clock import SystemClock
from bot.config import ConfigWatch
from bot.log import set_up
from handlers.app import App, serve
from handlers.cli.console import config, fail, settings
from handlers.cli.console import run as run_work
from handlers.cli.exits import Exit


def run() -> None:
    """Start the bot. Settings come from the environment, the rest from leadsman.yaml; `leadsman check` says what is missing."""
    found = settings()
    if missing := found.slack_problems():
        fail("\n".join(map(str, missing)), Exit.USAGE)
    watch = ConfigWatch(found.config, config(found))
    set_up(found.secrets())
    run_work(serve(App(found, watch, SystemClock())))
