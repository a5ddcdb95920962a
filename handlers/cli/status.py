"""`leadsman status`: what the database knows of an app's rollout, in the words of its card, and a Rollout's tree from its cluster.

The lines are the card's and those of its Details, drawn by the same code that draws them for Slack.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.clock import SystemClock
from bot.clusters import connect, disconnect
from bot.config import Config, Settings
from bot.config.config import Environment
from bot.errors import LeadsmanError
from bot.help import usage
from bot.observe import Observer
from bot.store import Store
from bot.store.records import Saved
from handlers.cli import console
from handlers.cli.arguments import AppName, AsJson, EnvironmentName
from handlers.cli.exits import Exit
from handlers.plain import message_lines
from handlers.slack.views.details import Tree, details
from handlers.slack.views.people import Groups
from handlers.slack.views.reports import status_report
from handlers.trees import tree_of
from strategies.drawn import Pods
from strategies.model import Actor, Claim, Rollout, WorkloadKind
from strategies.native.claims import claim_text
from strategies.phase import unfinished
from strategies.snapshot import Snapshot, snapshot


def status(app: AppName, environment: EnvironmentName = None, as_json: AsJson = False) -> None:
    """Show the latest rollout of an app, as its card does.

    Its words come from the database, a running bot is not disturbed; what is seen of a Deployment is as the bot last saved it.
    A Rollout of Argo's is read from its cluster, too, and shown first, as kubectl argo rollouts get rollout does.
    """
    found = console.settings()
    known = console.config(found)
    place = console.place(known, app, environment)
    saved = console.run(_latest(found.database_url.get_secret_value(), place.app, place.name))
    tree = console.run(_tree(found, known, place))
    code = Exit.UNREACHABLE if tree.missing else Exit.DONE
    if saved is None and not tree.text:
        nothing = f"No rollout of {place.app} in {place.name} yet. In Slack: {usage('deploy', known.commands)}"
        console.fail(tree.missing or nothing, Exit.UNREACHABLE if tree.missing else Exit.FAILED)
    now = SystemClock().now()
    if as_json:
        shown = _as_json(saved.rollout, _shown(saved, now)) if saved else {"app": place.app, "environment": place.name}
        console.out_json({**shown, "tree": tree.text or None}, code)
        console.quit_with(code)
    if tree.text:
        console.out(tree.text)
    console.out("\n".join(_lines(saved, known, now) if saved else ("Leadsman has rolled out nothing here yet.",)))
    if tree.missing:
        console.talk(f"Its tree is left out. {tree.missing}")
    console.quit_with(code)


def _shown(saved: Saved, now: datetime) -> Snapshot:
    return snapshot(saved.rollout, saved.seen.get(unfinished(saved.rollout).id), now)


def _lines(saved: Saved, known: Config, now: datetime) -> Iterator[str]:
    """The card's lines and the claim; for a Deployment those of Details, too, which a Rollout's tree says."""
    rollout, shown, groups = saved.rollout, _shown(saved, now), _groups(known)
    people = {actor.id: actor.name for actor in _people(rollout)}
    card = status_report(shown, saved.seen_at or now, groups).payload()["blocks"]
    blocks = [block for block in card if block["type"] != "actions"]
    yield from message_lines({"blocks": blocks}, lambda one: people.get(one, one))
    yield f"Claim {_claim(rollout)}"
    if not rollout.is_argo:
        seen = saved.seen.get(unfinished(rollout).id)
        more = details(rollout, shown, seen, groups, Tree()).to_dict()["blocks"][1:]
        yield ""
        yield from message_lines({"blocks": more}, lambda one: people.get(one, one))


async def _tree(found: Settings, known: Config, place: Environment) -> Tree:
    """A Rollout as it is in its cluster, or why it cannot be seen."""
    if place.target.kind is not WorkloadKind.ROLLOUT:
        return Tree()
    clock = SystemClock()
    try:
        cluster = await connect(known, place.cluster, found.kubeconfig, clock)
        try:
            observer = Observer({place.cluster: cluster}, clock)
            return Tree(await tree_of(observer, place.target, clock.now(), fresh=True))
        finally:
            await disconnect(cluster)
    except LeadsmanError as error:
        return Tree(missing=str(error))


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
        "controller": shown.status or None,
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
