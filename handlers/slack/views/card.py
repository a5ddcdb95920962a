"""The card of a rollout: six places, always in the same order, each left out where it has nothing to say.

News · state with reason and rail · evidence · what is asked or next · buttons · footer. Calm while all is fine, a table
and the chart where somebody decides or something failed, short again at the end. A projection of the snapshot: the same
input gives the same card.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from slack_sdk.models.blocks import Block, ContextBlock, ImageBlock
from slack_sdk.models.blocks.basic_components import SlackFile

from handlers.slack.views import argo
from handlers.slack.views.buttons import action_rows
from handlers.slack.views.evidence import is_bad, metric_table, table_note, verdict_line, with_limit, worst
from handlers.slack.views.message import Message, heading, lines, note
from handlers.slack.views.names import version_name
from handlers.slack.views.news import cause, fallback, header, missing, took
from handlers.slack.views.people import Groups, asked
from handlers.slack.views.prose import (
    Bold,
    Code,
    Line,
    Link,
    Moment,
    Part,
    Sign,
    coded,
    joined,
    person,
    plain,
    quoted,
    shorten,
)
from handlers.slack.views.rail import rail
from strategies.allowed import Verb
from strategies.argo.driver import Start
from strategies.judge.verdict import Verdict
from strategies.model import Actor, Ask, AskKind, HoldKind, Outcome, Stage
from strategies.snapshot import Snapshot
from strategies.steps import Analysis, Silence

SIGNS: Mapping[str, Sign] = {
    "Queued": Sign("double_vertical_bar", "⏸"),
    "Starting": Sign("hourglass_flowing_sand", "⏳"),
    "Progressing": Sign("hourglass_flowing_sand", "⏳"),
    "Waiting for approval": Sign("raised_hand", "✋"),
    "Inconclusive": Sign("warning", "⚠"),
    "Stuck": Sign("anchor", "⚓"),
    "Paused": Sign("double_vertical_bar", "⏸"),
    "Rolling back": Sign("leftwards_arrow_with_hook", "↩"),
    "Rolled back": Sign("x", "❌"),
    "Replaced": Sign("leftwards_arrow_with_hook", "↩"),
    "Cancelled": Sign("no_entry_sign", "🚫"),
    "Not started": Sign("no_entry_sign", "🚫"),
    "Healthy": Sign("white_check_mark", "✅"),
}
"""One emoji for each of the card's words, each of another shape, always followed by its word."""

_DIGEST = 7


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart that Slack has: the file's id, what it says in words, and the base's last values by metric."""

    file: str
    alt: str
    before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a card needs beside its snapshot.

    `number` counts the drawings, so that a click on an old one can be told. `first`: the post that begins the card, without
    mentions or buttons. `groups` are the user groups behind the roles, `successor` is the address of the card of what replaced it.
    """

    number: int
    now: datetime
    groups: Groups = field(default_factory=dict)
    picture: Picture | None = None
    first: bool = False
    successor: str = ""


def card(shown: Snapshot, drawing: Drawing) -> Message:
    """The card as it is now."""
    effect, *people = _asks(shown, drawing) or [()]
    blocks: list[Block] = [heading(header(shown)), lines("state", *_state(shown, drawing))]
    blocks += [lines("ask", effect)] if effect and people else []
    blocks += _evidence(shown, drawing)
    blocks += [lines("people", *people)] if people else [lines("next", effect)] if effect else []
    blocks += [] if drawing.first else action_rows(shown, drawing.number)
    return Message(fallback(shown), (*blocks, _footer(shown, drawing)))


def between(message: Message, line: Line) -> Message:
    """The same card right after a click was heard: its buttons give way to a line such as `Approved by bob, moving to 50%…`."""
    kept = [block for block in message.blocks if block.type != "actions"]
    footer = [block for block in kept if isinstance(block, ContextBlock)]
    rest = [block for block in kept if not isinstance(block, ContextBlock)]
    return replace(message, blocks=(*rest, note("heard", line), *footer))


def is_decision(shown: Snapshot) -> bool:
    """Whether somebody decides or something failed: then the card has its table and its chart."""
    if shown.stage is Stage.ENDED:
        return shown.outcome is Outcome.ROLLED_BACK
    return shown.ask is not None or shown.stage is Stage.REVERTING or any(map(is_bad, shown.metrics))


def _state(shown: Snapshot, drawing: Drawing) -> Iterator[Line]:
    yield (SIGNS[shown.phase.card], " ", Bold(shown.phase.card), *_because(shown, drawing))
    if shown.stage is Stage.ENDED and shown.outcome is Outcome.ROLLED_BACK:
        yield from _after(shown)
    if shown.outcome is Outcome.SUPERSEDED and shown.left:
        yield (argo.sentence(shown.left).rstrip("."),)
    if drawing.successor and (shown.followed or shown.outcome is Outcome.SUPERSEDED):
        yield (Link(drawing.successor, "Open the new card"),)
    if shown.outcome not in (Outcome.ROLLED_BACK, Outcome.SUPERSEDED):
        why = f" · {quoted(shown.reason)}" if shown.reason else ""
        yield (*_versions(shown), why)
    if shown.stage in (Stage.WALKING, Stage.PROMOTING, Stage.REVERTING) or shown.outcome is Outcome.ROLLED_BACK:
        yield rail(shown.rail) if shown.start is not Start.RESTART else ()


def _versions(shown: Snapshot) -> Line:
    candidate = Bold(version_name(shown.candidate.version))
    is_new = shown.base.version not in ("", shown.candidate.version)
    return (f"{version_name(shown.base.version)} → ", candidate) if is_new else (candidate,)


def _because(shown: Snapshot, drawing: Drawing) -> Line:
    """The reason beside the card's word: a state is never shown without one."""
    if shown.stage is Stage.REVERTING or shown.outcome is Outcome.ROLLED_BACK:
        return (" · ", cause(shown, whole=True).rstrip("."))
    if shown.outcome is Outcome.HEALTHY:
        stepped = shown.steps > 1 and shown.start not in (Start.RESTART, Start.UNDO)
        steps = f"{shown.steps} of {shown.steps} steps in" if stepped else "after"
        return (f" · {steps} {took(shown)}",) if took(shown) else ()
    bad = worst(shown.metrics)
    if bad is not None and shown.phase.card == "Inconclusive":
        return (f" · {with_limit(bad)}, neither good nor bad",)
    hold = shown.holds[0] if shown.holds else None
    if hold is not None and shown.phase.card == "Paused" and hold.kind is HoldKind.PERSON:
        said = f" · {quoted(hold.reason)}" if hold.reason else ""
        return (" by ", _who(hold.by, drawing), said)
    stepping = shown.stage is Stage.WALKING and shown.steps and shown.start is not Start.RESTART
    step = f" · step {shown.step} of {shown.steps}" if stepping else ""
    return (" · ", *coded(shorten(shown.why if shown.left else shown.phase.sentence, 200)), step)


def _after(shown: Snapshot) -> Iterator[Line]:
    """How things stand after a way back, and what it left behind."""
    goes_on = argo.after(shown)
    if goes_on:
        yield (goes_on.rstrip("."),)
        return
    yield _safe(shown)
    if shown.left:
        yield (argo.sentence(shown.left).rstrip("."),)


def _safe(shown: Snapshot) -> Line:
    """The first question after a failure is whether users suffer."""
    pods = f" · {shown.stable.ready} of {shown.stable.wanted} pods ready" if shown.stable else ""
    since: Line = (" since ", Moment(shown.ended)) if shown.ended else ()
    return (Bold("Safe now"), f" all traffic is on {version_name(shown.base.version)}", *since, pods)


def _evidence(shown: Snapshot, drawing: Drawing) -> Iterator[Block]:
    if not shown.metrics or shown.outcome in (Outcome.SUPERSEDED, Outcome.CANCELLED, Outcome.REFUSED):
        return
    before = drawing.picture.before if drawing.picture else {}
    if is_decision(shown):
        yield metric_table(shown.metrics, shown.candidate.version, shown.base.version, before)
        if table_note(shown.metrics):
            yield lines("more", (table_note(shown.metrics),))
    else:
        yield lines("checks", verdict_line(shown.metrics))
    if drawing.picture is not None:
        picture = drawing.picture
        yield ImageBlock(block_id="chart", slack_file=SlackFile(id=picture.file), alt_text=picture.alt)


def _asks(shown: Snapshot, drawing: Drawing) -> list[Line]:
    """What is asked: what a yes does, then who said it, who may and what silence means. Or else what comes next, alone."""
    if shown.stage is not Stage.WALKING:
        return []
    if shown.ask is None:
        following = _next(shown)
        return [following] if following else []
    ask = shown.ask
    effect = _unclear_effect(shown) if ask.kind is AskKind.INCONCLUSIVE else _gate_effect(shown, ask)
    yes = [_vote(vote.by, vote.at, vote.reason, drawing) for vote in ask.yes]
    return [effect, *yes, _who_is_asked(shown, ask, drawing), _silence(shown, ask)]


def _gate_effect(shown: Snapshot, ask: Ask) -> Line:
    version, place = version_name(shown.candidate.version), shorten(shown.environment, 20)
    passed = _passing(shown) + (" It is paused: nothing moves until someone resumes." if shown.holds else "")
    if argo.switches(shown):
        return (Bold(f"Approving switches all {place} traffic to {version} at once."), passed)
    moves = f"Approving moves {version} from {ask.binding.weight}% to {shown.next_weight}% of {place} traffic."
    further = f" Then on by itself, up to {ask.binding.allows}%." if ask.binding.allows > shown.next_weight else ""
    return (Bold(moves), f"{further}{passed}")


def _passing(shown: Snapshot) -> str:
    """What the checks say at a question: an analysis in the background may still be measuring."""
    if worst(shown.metrics) or not any(one.taken for one in shown.metrics):
        return ""
    is_over = all(one.verdict is Verdict.SUCCESSFUL for one in shown.metrics)
    return " All checks passed." if is_over else " Its checks pass so far."


def _unclear_effect(shown: Snapshot) -> Line:
    begins = Verb.MEASURE_AGAIN in shown.verbs
    again = " Measuring again throws these measurements away and begins anew." if begins else ""
    return (
        Bold(f"Accepting {argo.accepting(shown)} as if the checks had passed."),
        f" It needs a reason.{again}",
    )


def _vote(by: Actor, at: datetime, reason: str, drawing: Drawing) -> Line:
    return (Bold("Yes"), " ", _who(by, drawing), " ", Moment(at), f" {quoted(reason)}" if reason else "")


def _who_is_asked(shown: Snapshot, ask: Ask, drawing: Drawing) -> Line:
    needed = f", {missing(shown)} more needed" if ask.yes else f", {ask.approvals} needed"
    groups = asked(ask.roles, drawing.groups)
    anybody = shown.own_approval or argo.is_from_elsewhere(shown)
    barred: Line = () if anybody else (", not ", _who(shown.by, drawing), " who started it")
    return (Bold("Asked"), " ", *groups, needed, *barred)


def _silence(shown: Snapshot, ask: Ask) -> Line:
    if ask.held:
        return (Bold("Nobody answered in time"), f"; it waits on {argo.where(shown)}")
    until: tuple[Part, ...] = (
        Bold("No answer by "),
        Moment(shown.deadline or ask.deadline, "{date_short_pretty} {time}"),
    )
    if ask.silence is Silence.HOLD:
        return (*until, f" keeps it waiting {argo.where(shown)}")
    if argo.switches(shown) and not argo.is_switched(shown):
        return (*until, f" aborts, and all traffic stays on {version_name(shown.base.version)}")
    return (*until, f" aborts and sends all traffic back to {version_name(shown.base.version)}")


def _next(shown: Snapshot) -> Line:
    if shown.holds and Verb.RESUME not in shown.verbs:
        return (Bold("Next"), " nothing: abort it, then deploy it again")
    if shown.holds:
        guarded = ". Checks keep running; a failed one still rolls back" if isinstance(shown.at_hand, Analysis) else ""
        return (Bold("Next"), f" nothing until someone resumes{guarded}")
    following = next((stop.text for stop in shown.rail if stop.place == "next"), "")
    if not following:
        return ()
    if shown.next_at is not None:
        return (Bold("Next"), f" {following}, about ", Moment(shown.next_at))
    after = ", when the checks have passed" if isinstance(shown.at_hand, Analysis) else ""
    return (Bold("Next"), f" {following}{after}")


def _footer(shown: Snapshot, drawing: Drawing) -> ContextBlock:
    began: Line = (" ", Moment(shown.started)) if shown.started else ()
    verb = " started it" if shown.started else " asked for it"
    begun: Line = (_who(shown.by, drawing), verb, *began)
    if argo.is_from_elsewhere(shown):
        begun = (argo.began_elsewhere(shown.by), *((", seen", *began) if began else ()))
    facts: list[Line] = [begun]
    if shown.stage is Stage.ENDED:
        if shown.approved_by:
            names = joined([(_who(one, drawing),) for one in shown.approved_by[:5]], ", ")
            facts.append(("approved by ", *names))
        facts.append(("done ", Moment(shown.ended)) if shown.ended else ())
    else:
        facts += _figures(shown, drawing)
    return note("foot", joined(facts))


def _figures(shown: Snapshot, drawing: Drawing) -> Iterator[Line]:
    """What proves the card: wanted and seen, pods, what an approval is bound to, and when it was drawn."""
    if shown.ask is not None:
        digest = shown.ask.binding.digest
        name: Line = (" ", Code(digest.removeprefix("sha256:")[:_DIGEST])) if digest else ()
        place = " at this step" if shown.start is None else " at this pause"
        yield (f"counts only for {version_name(shown.ask.binding.version)}", *name, place)
    elif shown.weight_seen is not None and shown.stage is not Stage.PREFLIGHT and not argo.switches(shown):
        yield (f"{shown.weight_wanted}% wanted, {shown.weight_seen}% seen",)
    if shown.canary is not None and shown.canary.wanted:
        side = "new" if argo.switches(shown) else "canary"
        yield (f"{shown.canary.ready} of {shown.canary.wanted} {side} pods ready",)
    yield ("as of ", Moment(drawing.now))


def _who(actor: Actor, drawing: Drawing) -> Part:
    """Edits never ping, so that they mention; the first post writes the name."""
    found = person(actor)
    return plain((found,)) if drawing.first else found
