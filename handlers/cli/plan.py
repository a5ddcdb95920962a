"""`leadsman plan`: what a deploy would do, and everything that speaks against it, without doing anything."""

from typing import Annotated

import typer

from bot.clock import SystemClock
from bot.clusters import connect, disconnect
from bot.config import Config, Settings
from bot.config.config import Environment
from bot.config.names import valid_tag
from bot.errors import LeadsmanError
from bot.preflight import Inspector
from bot.starting import Preflight, Request, in_the_way
from bot.store import Store
from handlers.cli import console
from handlers.cli.arguments import AppName, AsJson, EnvironmentName
from handlers.cli.console import out
from handlers.cli.exits import Exit
from handlers.plans import driver_lines, pods_text
from strategies.model import Rollout


def plan(
    app: AppName,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The tag to deploy.")],
    environment: EnvironmentName = None,
    as_json: AsJson = False,
) -> None:
    """Show what a deploy would do, without doing it.

    The steps with their real shares, and every reason why it could not start: then the exit code is 3.
    """
    found = console.settings()
    known = console.config(found)
    place = console.place(known, app, environment)
    if not valid_tag(version):
        console.fail(f"“{version[:80]}” is no valid version: use a tag such as v1.4.2.", Exit.USAGE)
    checked = console.run(_checked(found, known, place, version))
    code = Exit.REFUSED if checked.problems else Exit.DONE
    routed = place.target.router is not None
    steps = driver_lines(known.driver_for(app, place.name), checked, routed=routed)
    if as_json:
        console.out_json(_as_json(place, version, steps, checked), code)
        console.quit_with(code)
    base = checked.base.version if checked.base else "what runs now"
    pods = f", {pods_text(checked.replicas)}" if checked.replicas else ""
    out(f"{app} in {place.name}: {base} → {version}, strategy {place.strategy}{pods}")
    for line in steps:
        out(f"  {line}")
    for problem in checked.problems:
        out(f"× {problem}")
    for note in checked.notes:
        out(f"  note: {note}")
    if checked.problems:
        out("It cannot start.")
    else:
        out(f"Nothing speaks against it. In Slack: {known.commands.deploy} {app} {version} {place.name}")
    console.quit_with(code)


def _as_json(place: Environment, version: str, steps: tuple[str, ...], checked: Preflight) -> dict[str, object]:
    return {
        "app": place.app,
        "environment": place.name,
        "version": version,
        "base": checked.base.version if checked.base else None,
        "strategy": place.strategy,
        "replicas": checked.replicas,
        "steps": steps,
        "problems": [{"sentence": one.sentence, "fix": one.fix, "place": one.place} for one in checked.problems],
        "notes": checked.notes,
    }


async def _checked(found: Settings, known: Config, place: Environment, version: str) -> Preflight:
    clock = SystemClock()
    cluster = await connect(known, place.cluster, found.kubeconfig, clock)
    driver = known.driver_for(place.app, place.name)
    request = Request(
        instance=known.instance,
        rollout="plan",
        app=place.app,
        environment=place.name,
        target=place.target,
        driver=driver,
        candidate=known.revision(place.app, version),
        templates=known.templates_of(driver),
    )
    try:
        checked = await Inspector({place.cluster: cluster}, clock, lambda: known.observes).check(request)
    finally:
        await disconnect(cluster)
    live = await _live(found, place)
    return in_the_way(checked, live, version) if live else checked


async def _live(found: Settings, place: Environment) -> Rollout | None:
    """What is on its way there, as far as the database can be reached from here: a plan needs none."""
    try:
        store = Store.open(found.database_url.get_secret_value(), clock=SystemClock(), read_only=True)
        try:
            return await store.live(place.app, place.name)
        finally:
            await store.close()
    except LeadsmanError:
        return None
