"""`leadsman status`: what the database knows of an app's rollout, in the words of its card.

The lines are the card's and those of its Details, drawn by the same code that draws them for Slack.
"""

from bot.clock import SystemClock
from bot.config import Config
from bot.help import usage
from bot.store import Store
from bot.store.records import Saved
from handlers.cli import console
from handlers.cli.arguments import AppName, AsJson, EnvironmentName
from handlers.cli.exits import Exit
from handlers.plain import message_lines
from handlers.slack.views.details import details
from handlers.slack.views.people import Groups
from handlers.slack.views.reports import status_report
from strategies.drawn import Pods
from strategies.model import Actor, Claim, Rollout
from strategies.native.claims import claim_text
from strategies.phase import unfinished
from strategies.snapshot import Snapshot, snapshot


def status(app: AppName, environment: EnvironmentName = None, as_json: AsJson = False) -> None:
    """Show the latest rollout of an app, as its card does.

    It reads the database alone, a running bot is not disturbed; what is seen of the cluster is as the bot last saved it.
    """
    found = console.settings()
    known = console.config(found)
    place = console.place(known, app, environment)
    saved = console.run(_latest(found.database_url.get_secret_value(), place.app, place.name))
    if saved is None:
        console.fail(
            f"No rollout of {place.app} in {place.name} yet. In Slack: {usage('deploy', known.commands)}", Exit.FAILED
        )
    now = SystemClock().now()
    shown = snapshot(saved.rollout, saved.seen.get(unfinished(saved.rollout).id), now)
    if as_json:
        console.out_json(_as_json(saved.rollout, shown))
        return
    card = status_report(shown, saved.seen_at or now, _groups(known)).payload()
    more = details(saved.rollout, shown, saved.seen.get(unfinished(saved.rollout).id)).to_dict()["blocks"][1:]
    people = {actor.id: actor.name for actor in _people(saved.rollout)}
    claim = f"Claim {_claim(saved.rollout)}"
    drawn = [message_lines({"blocks": blocks}, lambda one: people.get(one, one)) for blocks in (card["blocks"], more)]
    console.out("\n".join((*drawn[0], claim, "", *drawn[1])))


async def _latest(url: str, app: str, environment: str) -> Saved | None:
    """The live rollout, else the newest."""
    store = Store.open(url, clock=SystemClock(), read_only=True)
    try:
        newest = await store.live(app, environment) or next(iter(await store.history(app, environment, 1)), None)
        return await store.load(newest.id) if newest else None
    finally:
        await store.close()


def _groups(known: Config) -> Groups:
    """Those behind each role as the configuration names them; Slack is not asked."""
    named = {role: tuple(one for one in members if one != "*") for role, members in known.roles.items()}
    return {role: members for role, members in named.items() if members}


def _people(rollout: Rollout) -> tuple[Actor, ...]:
    """Everybody who did something in it."""
    voters = [vote.by for ask in rollout.asks for vote in ask.votes]
    return (rollout.by, *voters, *(hold.by for hold in rollout.holds), *filter(None, [rollout.turned_by]))


def _claim(rollout: Rollout) -> str:
    """What stands on the objects in the cluster while they are held for this rollout."""
    return claim_text(Claim(rollout.instance, rollout.id, unfinished(rollout).fence))


def _as_json(rollout: Rollout, shown: Snapshot) -> dict[str, object]:
    return {
        "rollout": shown.id,
        "claim": _claim(rollout),
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
        "strategy": shown.strategy,
        "step": shown.step,
        "steps": shown.steps,
        "rail": [{"text": stop.text, "place": stop.place} for stop in shown.rail],
        "weight": {"wanted": shown.weight_wanted, "seen": shown.weight_seen},
        "pods": {"stable": _pods(shown.stable), "canary": _pods(shown.canary)},
        "metrics": [
            {"name": one.name, "verdict": one.verdict, "value": one.value, "limit": one.limit} for one in shown.metrics
        ],
        "asked": _asked(shown),
        "holds": [{"kind": hold.kind, "by": hold.by.name, "reason": hold.reason} for hold in shown.holds],
        "startedBy": shown.by.name,
        "reason": shown.reason,
        "started": shown.started.isoformat() if shown.started else None,
        "ended": shown.ended.isoformat() if shown.ended else None,
        "seenAt": shown.seen_at.isoformat() if shown.seen_at else None,
    }


def _pods(pods: Pods | None) -> dict[str, int] | None:
    return {"ready": pods.ready, "wanted": pods.wanted} if pods else None


def _asked(shown: Snapshot) -> dict[str, object] | None:
    """The open question: of whom, how many, who said yes, until when, and what silence means."""
    if shown.ask is None:
        return None
    return {
        "kind": shown.ask.kind,
        "roles": shown.ask.roles,
        "approvals": shown.ask.approvals,
        "yes": [vote.by.name for vote in shown.ask.yes],
        "until": (shown.deadline or shown.ask.deadline).isoformat(),
        "silence": shown.ask.silence,
    }
