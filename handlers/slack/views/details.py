"""Details: what an expert wants beside the card, for one reader: pods, Argo's word, ids, digests, and the commands to see
and to undo it by hand."""

from collections.abc import Iterator

from slack_sdk.models.blocks import Block, PlainTextObject
from slack_sdk.models.views import View

from handlers.plans import plan_lines
from handlers.slack.ids import FormId
from handlers.slack.views.evidence import in_samples, with_limit
from handlers.slack.views.message import heading, lines
from handlers.slack.views.news import header
from handlers.slack.views.prose import Bold, Code, Line, Moment, shorten
from strategies.model import Rollout, Seen, Side, SideSeen, Walk
from strategies.native.canary import canary_name
from strategies.phase import unfinished
from strategies.snapshot import Snapshot

_NAMES = {Side.STABLE: "Stable", Side.CANARY: "Canary"}


def details(rollout: Rollout, shown: Snapshot, seen: Seen | None) -> View:
    """A form without a submit button, for reading."""
    walk = unfinished(rollout)
    blocks: list[Block] = [
        heading(header(shown)),
        lines("phase", *_phase(shown)),
        lines("pods", *_tree(walk, shown, seen)),
        lines("plan", (Bold("Plan"),), *_plan(walk)),
    ]
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


def _phase(shown: Snapshot) -> Iterator[Line]:
    yield (Bold(f"{shown.phase.card} ({shown.phase.word})"), f" {shorten(shown.phase.sentence, 400)}")
    yield (f"Strategy {shown.strategy}, step {shown.step} of {shown.steps}",)
    seen = "not seen" if shown.weight_seen is None else f"{shown.weight_seen}% seen"
    yield (f"Traffic {shown.weight_wanted}% wanted, {seen}",)
    if shown.reason:
        yield (f"Reason “{shorten(shown.reason, 3_000)}”",)


def _tree(walk: Walk, shown: Snapshot, seen: Seen | None) -> Iterator[Line]:
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
    yield (Code(f"kubectl {where} get deployments {target.workload} {canary_name(target.workload)} --output wide"),)
    if target.router is not None:
        yield (Code(f"kubectl {where} get ingresses {target.router.ingress} --output yaml"),)
    yield (Bold("To undo it by hand, with the bot gone"),)
    yield (Code(f"leadsman abort --direct {rollout.app} {rollout.environment}"),)
