"""`leadsman abort --direct`: bring an app home with a kubeconfig alone."""

from typing import Annotated

import typer

from bot.clock import SystemClock
from bot.clusters import connect, disconnect
from bot.direct import bring_home
from bot.help import usage
from handlers.cli import console
from handlers.cli.arguments import AppName, EnvironmentName
from handlers.cli.exits import Exit


def abort(
    app: AppName,
    environment: EnvironmentName = None,
    direct: Annotated[bool, typer.Option("--direct", help="With kubeconfig and annotations alone.")] = False,
) -> None:
    """Bring an app's base version back, the bot being gone.

    Needs the configuration and a kubeconfig, neither bot nor Slack nor database: what ran before stands in the annotations of the
    Deployment. While the bot runs, abort from Slack instead.
    """
    found = console.settings()
    known = console.config(found)
    place = console.place(known, app, environment)
    if not direct:
        console.fail(
            f"While the bot runs, abort from Slack: {usage('abort', known.commands)}. "
            f"When it is gone: leadsman abort --direct {place.app} {place.name}",
            Exit.USAGE,
        )

    async def work() -> None:
        clock = SystemClock()
        cluster = await connect(known, place.cluster, found.kubeconfig, clock)
        try:
            await bring_home(place.target, {place.cluster: cluster}, clock, console.talk)
        finally:
            await disconnect(cluster)

    console.run(work())
