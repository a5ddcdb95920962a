"""Details: what an expert wants beside the card, for one reader: pods, Argo's word, ids, digests, and the commands to see
and to undo it by hand."""

from collections.abc import Iterator
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, PlainTextObject
from slack_sdk.models.views import View

from handlers.plans import plan_lines
from handlers.slack.ids import FormId
from handlers.slack.views.evidence import in_samples, with_limit
from handlers.slack.views.message import heading, lines
from handlers.slack.views.news import header
from handlers.slack.views.people import Groups, asked
from handlers.slack.views.prose import Bold, Code, Line, Moment, shorten
from handlers.slack.views.tree import tree_block
from strategies.model import Ask, Claim, Rollout, Seen, Side, SideSeen, Walk, WorkloadKind
from strategies.native.canary import canary_name
from strategies.native.claims import claim_text
from strategies.phase import unfinished
from strategies.sighting import Sighting
from strategies.snapshot import Snapshot
from strategies.steps import Silence

_NAMES = {Side.STABLE: "Stable", Side.CANARY: "Canary"}


@dataclass(frozen=True, slots=True)
class Tree:
    """A Rollout with everything under it, as text; `missing` says why there is none."""

    text: str = ""
    missing: str = ""


def details(rollout: Rollout, shown: Snapshot, seen: Sighting | None, groups: Groups, tree: Tree) -> View:
    """A form without a submit button, for reading. `tree` is a Rollout's; for a Deployment the sides are listed."""
    walk = unfinished(rollout)
    is_rollout = walk.target.kind is WorkloadKind.ROLLOUT
    blocks: list[Block] = [heading(header(shown)), lines("phase", *_phase(shown))]
    if is_rollout:
        blocks += [*_drawn(walk, tree), lines("asked", *asked_lines(rollout, shown, groups))]
    else:
        blocks.append(lines("pods", *_tree(walk, seen if isinstance(seen, Seen) else None)))
        blocks.append(lines("plan", (Bold("Plan"),), *_plan(walk)))
    if shown.metrics:
        rows = [(f"{with_limit(one)}, {in_samples(one)}",) for one in shown.metrics]
        blocks.append(lines("checks", (Bold("Checks"),), *rows))
    blocks += [lines("ids", *_ids(rollout, walk)), lines("kubectl", *_commands(rollout, walk))]
    return View(
        type="modal",
        callback_id=FormId.DETAILS.value,
        title=PlainTextObject(text="Details", emoji=False),
        close=PlainTextObject(text="Close", emoji=False),
        blocks=blocks,
    )


def asked_lines(rollout: Rollout, shown: Snapshot, groups: Groups) -> Iterator[Line]:
    """What Argo's own tools leave out: who is asked, who said yes, until when, and whose hands are on it."""
    asks = [ask for ask in rollout.asks if ask.is_open]
    for ask in asks:
        yield _question(ask, shown, groups)
    if not asks:
        yield (Bold("Asked"), " nobody")
    yield (Bold("Claim"), " ", Code(claim_text(Claim(rollout.instance, rollout.id, unfinished(rollout).fence))))


def _question(ask: Ask, shown: Snapshot, groups: Groups) -> Line:
    until = shown.deadline if shown.ask == ask and shown.deadline else ask.deadline
    silence = "aborts" if ask.silence is Silence.ABORT else "waits on"
    said = ", ".join(shorten(vote.by.name, 40) for vote in ask.yes)
    yes = f"{len(ask.yes)} of {ask.approvals} said yes" + (f" ({said})" if said else "")
    then: Line = (f"; nobody answered in time, it {silence}",) if ask.held else (f", then it {silence}",)
    return (
        Bold("Asked"),
        " ",
        *asked(ask.roles, groups),
        f", {yes}, until ",
        Moment(until, "{date_short_pretty} {time}"),
        *then,
    )


def _drawn(walk: Walk, tree: Tree) -> Iterator[Block]:
    target = walk.target
    rows: list[Line] = [
        (
            Bold(f"Rollout {target.workload}"),
            f" in {target.namespace}, cluster {target.cluster}, container {target.container}",
        )
    ]
    if not tree.text:
        rows.append((tree.missing or "There is no such Rollout any more.",))
    yield lines("rollout", *rows)
    if tree.text:
        yield tree_block(tree.text)


def _phase(shown: Snapshot) -> Iterator[Line]:
    argo = f" ({shown.phase.word})" if shown.phase.word != shown.phase.card else ""
    yield (Bold(f"{shown.phase.card}{argo}"), f" {shorten(shown.phase.sentence, 400)}")
    if shown.status:
        yield (f"Argo Rollouts says {shorten(shown.status, 400)}",)
    if shown.steps:
        yield (f"Strategy {shown.strategy}, step {shown.step} of {shown.steps}",)
    else:
        yield (f"Strategy {shown.strategy}",)
    seen = "not seen" if shown.weight_seen is None else f"{shown.weight_seen}% seen"
    yield (f"Traffic {shown.weight_wanted}% wanted, {seen}",)
    if shown.reason:
        yield (f"Reason “{shorten(shown.reason, 3_000)}”",)


def _tree(walk: Walk, seen: Seen | None) -> Iterator[Line]:
    """The target and its two sides, in the order of `kubectl argo rollouts get`."""
    target = walk.target
    yield (
        Bold(f"Deployment {target.workload}"),
        f" in {target.namespace}, cluster {target.cluster}, container {target.container}",
    )
    if seen is None:
        yield ("Not looked at yet.",)
        return
    for side in Side:
        yield _side(side, seen.side(side))
    yield ("as of ", Moment(seen.at, "{time_secs}"))


def _side(side: Side, seen: SideSeen) -> Line:
    if seen.image is None:
        return (f"{_NAMES[side]}: no such Deployment",)
    trouble = f" · {shorten(seen.problem, 300)}" if seen.problem else ""
    template = f" · template {seen.template_hash}" if seen.template_hash else ""
    return (
        f"{_NAMES[side]}: {seen.ready} of {seen.replicas} ready, {seen.pods} in all · {shorten(seen.image, 300)}{template}{trouble}",
    )


def _plan(walk: Walk) -> Iterator[Line]:
    for number, line in enumerate(plan_lines(walk.native.plan, walk.replicas, routed=walk.target.router is not None)):
        here = number == walk.native.cursor
        yield (Bold(shorten(line, 300)) if here else shorten(line, 300),)


def _ids(rollout: Rollout, walk: Walk) -> Iterator[Line]:
    yield ("Rollout ", Code(rollout.id), " of ", Code(rollout.instance), f", fence {walk.fence}")
    yield ("Image ", Code(shorten(rollout.candidate.image, 400)))
    if rollout.candidate.digest:
        yield ("Digest ", Code(shorten(rollout.candidate.digest, 200)))
    yield ("Before ", Code(shorten(walk.base.pinned or "not known yet", 600)))
    yield ("Rules of the configuration ", Code(rollout.policy.version or "–"))


def _commands(rollout: Rollout, walk: Walk) -> Iterator[Line]:
    target = walk.target
    where = f"--namespace {target.namespace}"
    yield (Bold("To see it"),)
    if target.kind is WorkloadKind.ROLLOUT:
        yield (Code(f"kubectl argo rollouts {where} get rollout {target.workload}"),)
        yield (Bold("To abort it by hand, with the bot gone"),)
        yield (Code(f"leadsman abort --direct {rollout.app} {rollout.environment}"),)
        yield (Code(f"kubectl argo rollouts {where} abort {target.workload}"),)
        return
    yield (Code(f"kubectl {where} get deployments {target.workload} {canary_name(target.workload)} --output wide"),)
    if target.router is not None:
        yield (Code(f"kubectl {where} get ingresses {target.router.ingress} --output yaml"),)
    yield (Bold("To undo it by hand, with the bot gone"),)
    yield (Code(f"leadsman abort --direct {rollout.app} {rollout.environment}"),)
