"""`leadsman status`: what the database knows of an app's rollout, in the words of the card."""

from typing import Annotated

import typer

from bot.clock import SystemClock
from bot.config.config import Unknown
from bot.store import Store
from bot.store.records import Saved
from handlers.cli.console import config, fail, out, out_json, run, settings
from handlers.cli.exits import Exit
from strategies.phase import unfinished
from strategies.snapshot import Snapshot, snapshot


def status(
    app: Annotated[str, typer.Argument(help="The app's name in the configuration.")],
    environment: Annotated[
        str | None, typer.Argument(help="The environment; may be left out where there is one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
) -> None:
    """Show the latest rollout of an app: phase with its reason, steps, weight wanted and seen, pods, measurements."""
    found = settings()
    place = config(found).environment(app, environment)
    if isinstance(place, Unknown):
        fail(place.sentence, Exit.USAGE)
    saved = run(_latest(found.database_url.get_secret_value(), place.app, place.name))
    if saved is None:
        fail(
            f"No rollout of {place.app} in {place.name} yet. In Slack: /deploy {place.app} VERSION {place.name}",
            Exit.FAILED,
        )
    walk = unfinished(saved.rollout)
    shown = snapshot(saved.rollout, saved.seen.get(walk.id), saved.rollout.ended or saved.rollout.created)
    if as_json:
        out_json(_as_json(shown))
    else:
        out("\n".join(status_lines(shown)))


async def _latest(url: str, app: str, environment: str) -> Saved | None:
    store = Store.open(url, clock=SystemClock(), read_only=True)
    try:
        newest = await store.history(app, environment, 1)
        return await store.load(newest[0].id) if newest else None
    finally:
        await store.close()


def status_lines(shown: Snapshot) -> tuple[str, ...]:
    """A rollout in lines: the order of the card, one fact a line."""
    rail = " → ".join(f"{stop.text} ({stop.place})" for stop in shown.rail)
    lines = [
        f"Name:      {shown.app}",
        f"In:        {shown.environment}",
        f"Status:    {shown.phase.word} ({shown.phase.card})",
        f"Message:   {shown.phase.sentence}",
        f"Version:   {shown.base.version} → {shown.candidate.version}",
        f"Strategy:  {shown.strategy}, step {shown.step} of {shown.steps}",
        f"Steps:     {rail}",
        f"Weight:    {shown.weight_wanted}% wanted, {'not seen' if shown.weight_seen is None else f'{shown.weight_seen}% seen'}",
    ]
    if shown.stable and shown.canary:
        lines.append(f"Stable:    {shown.stable.ready} of {shown.stable.wanted} pods ready")
        lines.append(f"Canary:    {shown.canary.ready} of {shown.canary.wanted} pods ready")
    lines += [
        f"Metric:    {one.name} {one.verdict}: {one.value} (needs {one.limit}), {one.taken} taken"
        for one in shown.metrics
    ]
    if shown.ask:
        until = f"{shown.deadline:%Y-%m-%d %H:%M}Z" if shown.deadline else "-"
        lines.append(
            f"Asked:     {' or '.join(shown.ask.roles)}, {len(shown.ask.yes)} of {shown.ask.approvals} yes, until {until}"
        )
    return (*lines, f"Started:   by {shown.by.name}, rollout {shown.id}")


def _as_json(shown: Snapshot) -> dict[str, object]:
    return {
        "rollout": shown.id,
        "app": shown.app,
        "environment": shown.environment,
        "version": shown.candidate.version,
        "digest": shown.candidate.digest,
        "base": shown.base.version,
        "stage": shown.stage,
        "outcome": shown.outcome,
        "phase": shown.phase.word,
        "card": shown.phase.card,
        "message": shown.phase.sentence,
        "step": shown.step,
        "steps": shown.steps,
        "weight": {"wanted": shown.weight_wanted, "seen": shown.weight_seen},
        "startedBy": shown.by.name,
    }
