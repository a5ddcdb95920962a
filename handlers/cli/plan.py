"""`leadsman plan`: what a deploy would do, and everything that speaks against it, without doing anything."""

from typing import Annotated

import typer

from bot.clock import SystemClock
from bot.clusters import connect, disconnect
from bot.config import Config, Settings
from bot.config.config import Environment, Unknown
from bot.config.names import valid_tag
from bot.preflight import Inspector, Preflight, Request
from handlers.cli.console import config, fail, out, out_json, quit_with, run, settings
from handlers.cli.exits import Exit
from handlers.plans import plan_lines


def plan(
    app: Annotated[str, typer.Argument(help="The app's name in the configuration.")],
    version: Annotated[str, typer.Argument(help="The tag to deploy.")],
    environment: Annotated[
        str | None, typer.Argument(help="The environment; may be left out where there is one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
) -> None:
    """Show the steps of a deploy with their real shares, and every reason why it could not start."""
    found = settings()
    known = config(found)
    place = known.environment(app, environment)
    if isinstance(place, Unknown):
        fail(place.sentence, Exit.USAGE)
    if not valid_tag(version):
        fail(f"“{version[:80]}” is no valid version: use a tag such as v1.4.2.", Exit.USAGE)
    checked = run(_checked(found, known, place, version))
    code = Exit.REFUSED if checked.problems else Exit.DONE
    steps = plan_lines(known.plan_for(app, place.name), checked.replicas, routed=place.target.router is not None)
    if as_json:
        problems = [{"sentence": one.sentence, "fix": one.fix, "place": one.place} for one in checked.problems]
        out_json(
            {"app": app, "environment": place.name, "version": version, "steps": steps, "problems": problems}, code
        )
        quit_with(code)
    base = checked.base.version if checked.base else "what runs now"
    out(f"{app} in {place.name}: {base} → {version}, strategy {place.strategy}, {checked.replicas} pods")
    for line in steps:
        out(f"  {line}")
    for problem in checked.problems:
        out(f"× {problem}")
    for note in checked.notes:
        out(f"  note: {note}")
    out(
        "It cannot start."
        if checked.problems
        else f"Nothing speaks against it. In Slack: /deploy {app} {version} {place.name}"
    )
    quit_with(code)


async def _checked(found: Settings, known: Config, place: Environment, version: str) -> Preflight:
    clock = SystemClock()
    cluster = await connect(known, place.cluster, found.kubeconfig, clock)
    request = Request(
        instance=known.instance,
        rollout="plan",
        app=place.app,
        environment=place.name,
        target=place.target,
        plan=known.plan_for(place.app, place.name),
        candidate=known.revision(place.app, version),
    )
    try:
        return await Inspector({place.cluster: cluster}, clock).check(request)
    finally:
        await disconnect(cluster)
