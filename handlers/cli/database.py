"""`leadsman db`: the database's tables."""

import typer

from bot.clock import SystemClock
from bot.store import Store
from handlers.cli.console import run, settings, talk

database = typer.Typer(help="Look after the database's tables.", no_args_is_help=True)


@database.callback()
def _group() -> None:
    """Look after the database's tables."""


@database.command()
def upgrade() -> None:
    """Bring the tables to this version.

    `leadsman run` does it too; this is for doing it beforehand, with the bot stopped.
    """

    async def work() -> None:
        store = Store.open(settings().database_url.get_secret_value(), clock=SystemClock())
        try:
            await store.migrate()
            talk(f"{store.place} is up to date.")
        finally:
            await store.close()

    run(work())
