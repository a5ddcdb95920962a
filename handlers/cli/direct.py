"""`leadsman abort --direct`: bring an app home with a kubeconfig alone."""

from typing import Annotated

import typer

from bot.clock import SystemClock
from bot.clusters import connect, disconnect
from bot.config.config import Unknown
from bot.direct import bring_home
from handlers.cli.console import config, fail, run, settings, talk
from handlers.cli.exits import Exit


def abort(
    app: Annotated[str, typer.Argument(help="The app's name in the configuration.")],
    environment: Annotated[
        str | None, typer.Argument(help="The environment; may be left out where there is one.")
    ] = None,
    direct: Annotated[bool, typer.Option("--direct", help="With kubeconfig and annotations alone.")] = False,
) -> None:
    """Bring an app's base version back when the bot, Slack and the database are gone.

    While the bot runs, abort from Slack: `/abort APP ENV REASON`.
    """
    if not direct:
        fail(
            "While the bot runs, abort from Slack: /abort APP ENV REASON. When it is gone: leadsman abort --direct APP ENV.",
            Exit.USAGE,
        )
    found = settings()
    known = config(found)
    place = known.environment(app, environment)
    if isinstance(place, Unknown):
        fail(place.sentence, Exit.USAGE)

    async def work() -> None:
        clock = SystemClock()
        cluster = await connect(known, place.cluster, found.kubeconfig, clock)
        try:
            await bring_home(place.target, {place.cluster: cluster}, clock, talk)
        finally:
            await disconnect(cluster)

    run(work())
