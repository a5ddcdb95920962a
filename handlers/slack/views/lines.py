"""The thread as a log: one fact a line, who did it first, numbers with their limits.

A line is made from the happening's own facts and from what the rollout remembers of it. Some happenings say nothing
new beside others; theirs is None.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from handlers.slack.views import argo, argo_lines, ask_lines
from handlers.slack.views.evidence import all_with_limits, by_gravity, is_bad, judged
from handlers.slack.views.line import WHOLE, Log, Told, by, number, reason, said, starter, text
from handlers.slack.views.names import version_name
from handlers.slack.views.news import took
from handlers.slack.views.plan_line import plan_line
from handlers.slack.views.prose import Moment, coded, is_member, shorten
from strategies.allowed import Verb
from strategies.argo.standing import CONTROLLER, is_by_others
from strategies.events import Happening, What
from strategies.evidence import MetricLine, metric_lines
from strategies.model import Outcome


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


def _queued(happening: Happening, log: Log) -> Told:
    return Told(
        (
            by(happening),
            f" asked for {log.version}. It starts when the rollout before it has ended.",
            reason(happening),
        )
    )


def _started(happening: Happening, log: Log) -> Told:
    why = f" “{shorten(log.rollout.reason, WHOLE)}”" if log.rollout.reason.strip() else ""
    if log.rollout.is_argo:
        return Told((*argo_lines.started(happening.by, log.rollout, log.shown, log.version), why))
    plan = plan_line(log.rollout.walks[0].native.plan)
    return Told((by(happening), f" started {log.version}. Plan: {plan}.{why}"))


def _not_started(happening: Happening, log: Log) -> Told:
    why = coded(shorten(text(happening, "why"), WHOLE))
    return Told((*starter(log), f"{log.version} was not started. ", *why))


def _weight(happening: Happening, log: Log) -> Told:
    if argo.switches(log.shown):
        return Told((f"All traffic is switched to {log.version}.",))
    weight, share = number(happening, "weight"), number(happening, "share")
    real = f", {weight}% wanted" if share != weight else ""
    pods = f"{number(happening, 'ready')} of {number(happening, 'pods')} canary pods ready"
    return Told((f"{share}% of traffic is on {log.version}{real}. {pods}.",))


def _promoted(happening: Happening, log: Log) -> Told:
    if happening.facts.get("elsewhere"):
        return Told(argo_lines.promoted_elsewhere(number(happening, "weight"), log.shown))
    weight = log.shown.weight_seen or 0 if log.rollout.is_argo else number(happening, "weight")
    return Told((by(happening), f" ended the pause at {weight}%."))


def _promoted_full(happening: Happening, log: Log) -> Told:
    if happening.facts.get("elsewhere"):
        return Told(argo_lines.promoted_full_elsewhere(log.version))
    return Told((by(happening), f" sent {log.version} to 100%, past every step that was left{said(happening)}"))


_SKIPPED = {"pause": "the pause", "analysis": "the checks", "gate": "the approval", "experiment": "the experiment"}


def _skipped(happening: Happening, log: Log) -> Told:
    step = _SKIPPED.get(text(happening, "kind").partition(":")[0], "a step")
    return Told((by(happening), f" skipped {step}{said(happening)}"))


def _again(happening: Happening, log: Log) -> Told:
    return Told(("Checks begin again. What was measured before counts no more.",))


def _metrics(happening: Happening, log: Log) -> tuple[MetricLine, ...]:
    activity = log.rollout.activity(text(happening, "activity"))
    return metric_lines(activity) if activity else ()


def _passed(happening: Happening, log: Log) -> Told:
    weight = number(happening, "weight")
    where = argo.side_of_switch(weight > 0) if argo.switches(log.shown) else f"at {weight}%"
    values = all_with_limits(_metrics(happening, log))
    if happening.facts.get("accepted"):
        return Told((f"The checks {where} count as passed, for they were accepted: {values}.",))
    return Told((f"Checks passed {where}: {values}.",))


def _failed(happening: Happening, log: Log) -> Told:
    bad = [one for one in by_gravity(_metrics(happening, log)) if is_bad(one)]
    found = judged(bad) if bad else shorten(text(happening, "message"), WHOLE).rstrip(".")
    return Told((f"Checks failed: {found}.",))


def _inconclusive(happening: Happening, log: Log) -> Told:
    values = all_with_limits(_metrics(happening, log))
    message = shorten(text(happening, "message"), 300)
    return Told((f"Checks are neither good nor bad: {values or message}.",))


def _held(happening: Happening, log: Log) -> Told:
    if is_member(happening.by) or text(happening, "kind") == "person":
        return Told((by(happening), f" paused it{said(happening)}"))
    onward = " It goes on when somebody resumes it." if Verb.RESUME in log.shown.verbs else ""
    return Told((f"Held: {shorten(text(happening, 'reason'), WHOLE)}.{onward}",))


def _resumed(happening: Happening, log: Log) -> Told:
    if is_by_others(happening.by):
        return Told((f"{argo_lines.hand(happening.by)} resumed it.",))
    return Told((by(happening), " resumed it."))


def _foreign(happening: Happening, log: Log) -> Told:
    manager = shorten(text(happening, "manager"))
    hand = f"by {manager}" if manager else "by somebody"
    return Told(
        (f"Changed {hand}, not through Leadsman: {text(happening, 'seen')} instead of {text(happening, 'wanted')}.",)
    )


def _stopped(text: str) -> str:
    said = shorten(text, WHOLE)
    return said if said.endswith((".", "?", "!")) else f"{said}."


def _stuck(happening: Happening, log: Log) -> Told:
    why = coded(_stopped(text(happening, "why")))
    return Told((*starter(log), "Nothing moves: ", *why, " Leadsman keeps trying."))


def _promoting(happening: Happening, log: Log) -> Told:
    done = "" if log.rollout.is_argo else "Every step is done: "
    return Told((f"{done}{log.version} takes all traffic now.",))


def _reverting(happening: Happening, log: Log) -> Told:
    """The one line of a failure that pings and that the channel sees."""
    if is_by_others(happening.by):
        line = argo_lines.turned_elsewhere(happening.by, _cause(happening, log), log.version, log.base)
        return Told((*starter(log), *line), broadcast=True)
    back = f"Rolling back to {log.base} now."
    if log.rollout.ending is Outcome.SUPERSEDED:
        return Told((back,))
    bad = [one for one in by_gravity(log.shown.metrics) if is_bad(one)]
    if is_member(happening.by):
        if happening.by.id == log.rollout.by.id:
            return Told((by(happening), f" stopped {log.version}. {back}"), broadcast=True)
        return Told((*starter(log), f"{log.version} was stopped by ", by(happening), f". {back}"), broadcast=True)
    why = judged(bad[:1]) if bad else shorten(text(happening, "why"), 300).rstrip(".")
    return Told((*starter(log), f"{log.version} failed: {why}. {back}"), broadcast=True)


def _cause(happening: Happening, log: Log) -> str:
    """Why the controller turned back: the metric that failed, else its own words."""
    bad = [one for one in by_gravity(log.shown.metrics) if is_bad(one)]
    if happening.by == CONTROLLER and bad:
        return f"aborted: {judged(bad[:1])}"
    return text(happening, "why")


def _aborted(happening: Happening, log: Log) -> Told:
    return Told((by(happening), f" aborted it{said(happening)}"))


def _replaced(happening: Happening, log: Log) -> Told:
    return Told((by(happening), f" replaces it with {version_name(text(happening, 'version'))}."))


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
    return Told(("Good to know: ", *coded(shorten(text(happening, "note"), 300))))


def _terminated(happening: Happening, log: Log) -> Told:
    return Told((by(happening), f" ended the analysis {text(happening, 'run')}{said(happening)}"))


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
    What.ASKED: ask_lines.opened,
    What.REMINDED: ask_lines.reminded,
    What.APPROVED: ask_lines.approved,
    What.GATE_OPEN: ask_lines.gate_open,
    What.REJECTED: ask_lines.rejected,
    What.ASK_EXPIRED: ask_lines.expired,
    What.ASK_VOID: ask_lines.void,
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
