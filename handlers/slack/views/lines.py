"""The thread as a log: one fact a line, who did it first, numbers with their limits.

A line is made from the happening's own facts and from what the rollout remembers of it. Some happenings say nothing
new beside others; theirs is None.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from handlers.slack.views import argo, argo_lines
from handlers.slack.views.evidence import all_with_limits, by_gravity, is_bad, judged
from handlers.slack.views.message import Message
from handlers.slack.views.message import lines as text_block
from handlers.slack.views.names import version_name
from handlers.slack.views.news import took
from handlers.slack.views.people import Groups, asked
from handlers.slack.views.plan_line import plan_line
from handlers.slack.views.prose import Line, Link, Mention, Moment, Part, coded, is_member, mrkdwn, person, shorten
from strategies.allowed import Verb
from strategies.argo.standing import CONTROLLER, is_by_others
from strategies.events import Happening, What
from strategies.evidence import MetricLine, metric_lines
from strategies.model import Ask, AskKind, Outcome, Rollout
from strategies.native.shown import next_weight
from strategies.snapshot import Snapshot
from strategies.steps import Silence

WHOLE = 5_000
"""Characters of what people typed that a thread shows: all that a form or a command takes in practice."""

_PUSHED = 300


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the thread. `broadcast`: the channel sees it too."""

    line: Line
    broadcast: bool = False

    def message(self) -> Message:
        """As it is sent. Its text keeps the mentions, for where blocks are not read."""
        short = tuple(
            shorten(part, _PUSHED) if isinstance(part, str) and len(part) > _PUSHED else part for part in self.line
        )
        return Message(mrkdwn(short), (text_block("line", self.line),))


@dataclass(frozen=True, slots=True)
class Log:
    """What lines are made from. `groups` are the user groups behind the roles, `card` the card's address."""

    rollout: Rollout
    shown: Snapshot
    groups: Groups
    card: str = ""

    @property
    def version(self) -> str:
        """The candidate's name."""
        return version_name(self.rollout.candidate.version)

    @property
    def base(self) -> str:
        """The name of what ran before."""
        return version_name(self.shown.base.version)


def told(happening: Happening, log: Log) -> Told | None:
    """The line for a happening, None where another line or the card says it."""
    tell = _TOLD.get(happening.what)
    return tell(happening, log) if tell else None


def outage(begun: datetime, over: datetime) -> Told:
    """The line after Slack could not be reached."""
    return Told(
        (
            "Slack was unreachable ",
            Moment(begun),
            " to ",
            Moment(over),
            ". The card and this thread are complete again.",
        )
    )


def _by(happening: Happening) -> Part:
    return person(happening.by)


def _text(happening: Happening, fact: str) -> str:
    found = happening.facts.get(fact)
    return "" if found is None else str(found)


def _number(happening: Happening, fact: str) -> int:
    found = happening.facts.get(fact)
    return found if isinstance(found, int) else 0


def _said(happening: Happening, fact: str = "reason") -> str:
    """What the person said, whole: `: “…”`, or nothing."""
    reason = _text(happening, fact)
    return f": “{shorten(reason, WHOLE)}”" if reason.strip() else ""


def _starter(log: Log) -> Line:
    """The one who started it, mentioned where Slack knows them."""
    return (Mention(log.rollout.by), " ") if is_member(log.rollout.by) else ()


def _queued(happening: Happening, log: Log) -> Told:
    return Told(
        (
            _by(happening),
            f" asked for {log.version}. It starts when the rollout before it has ended.",
            _reason(happening),
        )
    )


def _reason(happening: Happening) -> str:
    reason = _text(happening, "reason")
    return f" “{shorten(reason, WHOLE)}”" if reason.strip() else ""


def _started(happening: Happening, log: Log) -> Told:
    why = f" “{shorten(log.rollout.reason, WHOLE)}”" if log.rollout.reason.strip() else ""
    if log.rollout.is_argo:
        return Told((*argo_lines.started(happening.by, log.rollout, log.shown, log.version), why))
    plan = plan_line(log.rollout.walks[0].native.plan)
    return Told((_by(happening), f" started {log.version}. Plan: {plan}.{why}"))


def _not_started(happening: Happening, log: Log) -> Told:
    why = coded(shorten(_text(happening, "why"), WHOLE))
    return Told((*_starter(log), f"{log.version} was not started. ", *why))


def _weight(happening: Happening, log: Log) -> Told:
    if argo.switches(log.shown):
        return Told((f"All traffic is switched to {log.version}.",))
    weight, share = _number(happening, "weight"), _number(happening, "share")
    real = f", {weight}% wanted" if share != weight else ""
    pods = f"{_number(happening, 'ready')} of {_number(happening, 'pods')} canary pods ready"
    return Told((f"{share}% of traffic is on {log.version}{real}. {pods}.",))


def _promoted(happening: Happening, log: Log) -> Told:
    if happening.facts.get("elsewhere"):
        return Told(argo_lines.promoted_elsewhere(_number(happening, "weight"), log.shown))
    weight = log.shown.weight_seen or 0 if log.rollout.is_argo else _number(happening, "weight")
    return Told((_by(happening), f" ended the pause at {weight}%."))


def _promoted_full(happening: Happening, log: Log) -> Told:
    if happening.facts.get("elsewhere"):
        return Told(argo_lines.promoted_full_elsewhere(log.version))
    return Told((_by(happening), f" sent {log.version} to 100%, past every step that was left{_said(happening)}"))


_SKIPPED = {"pause": "the pause", "analysis": "the checks", "gate": "the approval", "experiment": "the experiment"}


def _skipped(happening: Happening, log: Log) -> Told:
    step = _SKIPPED.get(_text(happening, "kind").partition(":")[0], "a step")
    return Told((_by(happening), f" skipped {step}{_said(happening)}"))


def _again(happening: Happening, log: Log) -> Told:
    return Told(("Checks begin again. What was measured before counts no more.",))


def _metrics(happening: Happening, log: Log) -> tuple[MetricLine, ...]:
    activity = log.rollout.activity(_text(happening, "activity"))
    return metric_lines(activity) if activity else ()


def _passed(happening: Happening, log: Log) -> Told:
    weight = _number(happening, "weight")
    where = argo.side_of_switch(weight > 0) if argo.switches(log.shown) else f"at {weight}%"
    values = all_with_limits(_metrics(happening, log))
    if happening.facts.get("accepted"):
        return Told((f"The checks {where} count as passed, for they were accepted: {values}.",))
    return Told((f"Checks passed {where}: {values}.",))


def _failed(happening: Happening, log: Log) -> Told:
    bad = [one for one in by_gravity(_metrics(happening, log)) if is_bad(one)]
    said = judged(bad) if bad else shorten(_text(happening, "message"), WHOLE).rstrip(".")
    return Told((f"Checks failed: {said}.",))


def _inconclusive(happening: Happening, log: Log) -> Told:
    values = all_with_limits(_metrics(happening, log))
    message = shorten(_text(happening, "message"), 300)
    return Told((f"Checks are neither good nor bad: {values or message}.",))


def _asked(happening: Happening, log: Log) -> Told:
    ask = log.rollout.ask(_text(happening, "ask"))
    roles = tuple(filter(None, _text(happening, "roles").split(", ")))
    deadline = ask.deadline if ask else happening.at
    silence = "or it aborts" if _text(happening, "silence") == Silence.ABORT else "or it waits on"
    weight = _number(happening, "weight")
    if _text(happening, "kind") == AskKind.INCONCLUSIVE:
        again = "" if log.rollout.is_argo else " measure again,"
        where = argo.where(log.shown) if argo.switches(log.shown) else f"at {weight}%"
        wanted = f" decide about {log.version} {where}: accept its checks with a reason,{again} or abort. By "
    else:
        count = _number(happening, "approvals")
        needed = "1 approval" if count == 1 else f"{count} approvals"
        wanted = f" {needed} needed {_goal(ask, log, weight)}. By "
    return Told((*asked(roles, log.groups), wanted, _until(deadline), f", {silence}.", *_to_card(log)))


def _until(deadline: datetime) -> Moment:
    return Moment(deadline, "{date_short_pretty} {time}")


def _to_card(log: Log) -> Line:
    return (" ", Link(log.card, "Open the card")) if log.card else ()


def _reminded(happening: Happening, log: Log) -> Told | None:
    """For the starter alone: those who are asked were mentioned once. Nothing where it was answered before this could be said."""
    ask = log.rollout.ask(_text(happening, "ask"))
    if ask is None or not ask.is_open or ask.held:
        return None
    count = f"{_number(happening, 'have')} of {_number(happening, 'need')} approvals so far"
    open_still = "nobody has decided about the checks" if ask.kind is AskKind.INCONCLUSIVE else count
    until = _until(datetime.fromisoformat(_text(happening, "deadline")))
    silence = "or it aborts" if ask.silence is Silence.ABORT else "or it waits on"
    return Told((*_starter(log), f"Still asked: {open_still}. By ", until, f", {silence}.", *_to_card(log)))


def _goal(ask: Ask | None, log: Log, weight: int) -> str:
    """What the approvals are for."""
    if argo.switches(log.shown):
        return f"to switch all traffic to {log.version}"
    goes = _goes(ask, log)
    return f"to move {log.version} from {weight}% to {goes}%" if goes else f"to move {log.version} on from {weight}%"


def _goes(ask: Ask | None, log: Log) -> int | None:
    """The weight that follows a question. A controller's steps are seen, not remembered: only while it is asked they are its own."""
    if ask is None:
        return None
    if log.rollout.is_argo:
        return log.shown.next_weight if log.shown.ask == ask else None
    return next_weight(log.rollout.walks[0].native.plan.steps, ask.binding.position)


def _approved(happening: Happening, log: Log) -> Told:
    count = f"{_number(happening, 'have')} of {_number(happening, 'need')}"
    verb = "accepted the checks" if _text(happening, "kind") == AskKind.INCONCLUSIVE else f"approved, {count}"
    return Told((_by(happening), f" {verb}{_said(happening)}"))


def _gate_open(happening: Happening, log: Log) -> Told | None:
    ask = log.rollout.ask(_text(happening, "ask"))
    if ask is None or ask.kind is AskKind.INCONCLUSIVE:
        return None
    if argo.switches(log.shown):
        return Told((f"Approved: all traffic switches to {log.version} now.",))
    goes = _goes(ask, log)
    return Told((f"Approved: {log.version} goes {f'to {goes}%' if goes else 'on'} now.",))


def _rejected(happening: Happening, log: Log) -> Told:
    return Told((_by(happening), f" rejected it{_said(happening)}"))


def _expired(happening: Happening, log: Log) -> Told:
    count = f"{_number(happening, 'have')} of {_number(happening, 'need')}"
    then = "It aborts" if _text(happening, "silence") == Silence.ABORT else "It waits on"
    return Told((f"Nobody answered in time: {count} approvals. {then}.",))


def _void(happening: Happening, log: Log) -> Told | None:
    have = _number(happening, "have")
    if not have:
        return None
    count = "The approval given so far counts" if have == 1 else f"The {have} approvals given so far count"
    return Told((f"{count} no more: {shorten(_text(happening, 'why'), WHOLE)}.",))


def _held(happening: Happening, log: Log) -> Told:
    if is_member(happening.by) or _text(happening, "kind") == "person":
        return Told((_by(happening), f" paused it{_said(happening)}"))
    onward = " It goes on when somebody resumes it." if Verb.RESUME in log.shown.verbs else ""
    return Told((f"Held: {shorten(_text(happening, 'reason'), WHOLE)}.{onward}",))


def _resumed(happening: Happening, log: Log) -> Told:
    if is_by_others(happening.by):
        return Told((f"{argo_lines.hand(happening.by)} resumed it.",))
    return Told((_by(happening), " resumed it."))


def _foreign(happening: Happening, log: Log) -> Told:
    manager = shorten(_text(happening, "manager"))
    hand = f"by {manager}" if manager else "by somebody"
    return Told(
        (f"Changed {hand}, not through Leadsman: {_text(happening, 'seen')} instead of {_text(happening, 'wanted')}.",)
    )


def _stopped(text: str) -> str:
    said = shorten(text, WHOLE)
    return said if said.endswith((".", "?", "!")) else f"{said}."


def _stuck(happening: Happening, log: Log) -> Told:
    why = coded(_stopped(_text(happening, "why")))
    return Told((*_starter(log), "Nothing moves: ", *why, " Leadsman keeps trying."))


def _promoting(happening: Happening, log: Log) -> Told:
    done = "" if log.rollout.is_argo else "Every step is done: "
    return Told((f"{done}{log.version} takes all traffic now.",))


def _reverting(happening: Happening, log: Log) -> Told:
    """The one line of a failure that pings and that the channel sees."""
    if is_by_others(happening.by):
        line = argo_lines.turned_elsewhere(happening.by, _cause(happening, log), log.version, log.base)
        return Told((*_starter(log), *line), broadcast=True)
    back = f"Rolling back to {log.base} now."
    if log.rollout.ending is Outcome.SUPERSEDED:
        return Told((back,))
    bad = [one for one in by_gravity(log.shown.metrics) if is_bad(one)]
    if is_member(happening.by):
        if happening.by.id == log.rollout.by.id:
            return Told((_by(happening), f" stopped {log.version}. {back}"), broadcast=True)
        return Told((*_starter(log), f"{log.version} was stopped by ", _by(happening), f". {back}"), broadcast=True)
    why = judged(bad[:1]) if bad else shorten(_text(happening, "why"), 300).rstrip(".")
    return Told((*_starter(log), f"{log.version} failed: {why}. {back}"), broadcast=True)


def _cause(happening: Happening, log: Log) -> str:
    """Why the controller turned back: the metric that failed, else its own words."""
    bad = [one for one in by_gravity(log.shown.metrics) if is_bad(one)]
    if happening.by == CONTROLLER and bad:
        return f"aborted: {judged(bad[:1])}"
    return _text(happening, "why")


def _aborted(happening: Happening, log: Log) -> Told:
    return Told((_by(happening), f" aborted it{_said(happening)}"))


def _replaced(happening: Happening, log: Log) -> Told:
    return Told((_by(happening), f" replaces it with {version_name(_text(happening, 'version'))}."))


def _ended(happening: Happening, log: Log) -> Told | None:
    pods = f" {log.shown.stable.ready} of {log.shown.stable.wanted} pods ready." if log.shown.stable else ""
    own = argo_lines.ended(log.rollout, log.shown, log.version) if log.rollout.is_argo else ()
    if own:
        return Told(own)
    match log.rollout.outcome:
        case Outcome.HEALTHY:
            lasted = f" after {took(log.shown)}" if took(log.shown) else ""
            return Told((f"{log.version} is live: all traffic{lasted}.{pods}",))
        case Outcome.ROLLED_BACK | Outcome.SUPERSEDED:
            left = f" {argo.sentence(log.shown.left)}" if log.shown.left else ""
            return Told((f"All traffic is on {log.base}.{pods}{left}",))
        case Outcome.CANCELLED:
            unmoved = log.rollout.started is None or log.rollout.is_untouched
            when = " before anything moved" if unmoved else ""
            return Told((f"Cancelled{when}: {shorten(log.rollout.why, 300)}.",))
        case _:
            return None


def _noted(happening: Happening, log: Log) -> Told:
    return Told(("Good to know: ", *coded(shorten(_text(happening, "note"), 300))))


def _terminated(happening: Happening, log: Log) -> Told:
    return Told((_by(happening), f" ended the analysis {_text(happening, 'run')}{_said(happening)}"))


_TOLD: Mapping[What, Callable[[Happening, Log], Told | None]] = {
    What.QUEUED: _queued,
    What.STARTED: _started,
    What.NOTED: _noted,
    What.NOT_STARTED: _not_started,
    What.WEIGHT: _weight,
    What.PROMOTED: _promoted,
    What.PROMOTED_FULL: _promoted_full,
    What.SKIPPED: _skipped,
    What.ANALYSIS_AGAIN: _again,
    What.ANALYSIS_PASSED: _passed,
    What.ANALYSIS_FAILED: _failed,
    What.ANALYSIS_INCONCLUSIVE: _inconclusive,
    What.ASKED: _asked,
    What.REMINDED: _reminded,
    What.APPROVED: _approved,
    What.GATE_OPEN: _gate_open,
    What.REJECTED: _rejected,
    What.ASK_EXPIRED: _expired,
    What.ASK_VOID: _void,
    What.HELD: _held,
    What.RESUMED: _resumed,
    What.FOREIGN_WRITE: _foreign,
    What.STUCK: _stuck,
    What.BEGUN: lambda happening, log: Told(argo_lines.begun(happening)),
    What.DROPPED: lambda happening, log: Told(argo_lines.dropped(happening)),
    What.TERMINATED: _terminated,
    What.PROMOTING: _promoting,
    What.REVERTING: _reverting,
    What.ABORTED: _aborted,
    What.REPLACED: _replaced,
    What.ENDED: _ended,
}
"""How each kind of happening is told. Those that no line is written for (`bot.tells.QUIET`) are not here."""
