"""What is true of a rollout now, in a few words: the card's header, and the text that a phone shows."""

from typing import assert_never

from handlers.slack.views import argo
from handlers.slack.views.evidence import in_samples, is_bad, unanswered, with_limit, worst
from handlers.slack.views.message import LONGEST_TEXT, text_of
from handlers.slack.views.names import headline, version_name
from handlers.slack.views.prose import SHORT, Moment, plain, shorten
from strategies.allowed import Verb
from strategies.argo.driver import Start
from strategies.argo.standing import CONTROLLER, is_by_others
from strategies.judge.verdict import Verdict
from strategies.model import LEADSMAN, AskKind, HoldKind, Outcome, Stage
from strategies.snapshot import Snapshot
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight, Silence


def header(shown: Snapshot) -> str:
    """`checkout in prod: 10% on v1.4.2, checks passing`, at most 60 characters."""
    return headline(shown.app, shown.environment, _news(shown))


def fallback(shown: Snapshot) -> str:
    """The header, then the reason or what is asked: at most 130 characters without markup."""
    return text_of(f"{header(shown)}.", *_more(shown))


def weight_now(shown: Snapshot) -> int:
    """The share that people mean: the one seen, else the one wanted."""
    return shown.weight_wanted if shown.weight_seen is None else shown.weight_seen


def missing(shown: Snapshot) -> int:
    """How many approvals are still needed for the open question."""
    return shown.ask.approvals - len(shown.ask.yes) if shown.ask else 0


def _news(shown: Snapshot) -> str:
    version, base = version_name(shown.candidate.version), version_name(shown.base.version)
    match shown.stage:
        case Stage.QUEUED:
            return f"{version} queued"
        case Stage.PREFLIGHT:
            return f"{version} starting"
        case Stage.WALKING:
            return _walking(shown, version)
        case Stage.PROMOTING:
            return f"paused on the way to {version}" if shown.holds else f"{version} going to 100%"
        case Stage.REVERTING:
            return f"rolling back to {base}"
        case Stage.ENDED:
            return _ended(shown, version, base)
        case _:
            assert_never(shown.stage)


def _ended(shown: Snapshot, version: str, base: str) -> str:
    match shown.outcome:
        case Outcome.HEALTHY if shown.followed:
            return f"{version} was live, now {version_name(shown.followed)}"
        case Outcome.HEALTHY:
            return f"{version} restarted" if shown.start is Start.RESTART else f"{version} is live"
        case Outcome.ROLLED_BACK:
            return f"rolled back to {base}"
        case Outcome.SUPERSEDED:
            if is_by_others(shown.turned_by):
                return f"{version} overtaken outside Leadsman"
            return shorten(shown.why, 40) or f"{version} was replaced"
        case Outcome.CANCELLED:
            return f"{version} restarts without Leadsman" if shown.start is Start.RESTART else f"{version} cancelled"
        case Outcome.REFUSED | None:
            return f"{version} not started"
        case _:
            assert_never(shown.outcome)


def _walking(shown: Snapshot, version: str) -> str:
    if shown.ask is not None and shown.ask.kind is AskKind.INCONCLUSIVE:
        return "checks are unclear"
    if shown.holds:
        word = "paused" if shown.holds[0].kind in (HoldKind.PERSON, HoldKind.CLUSTER) else "held"
        return f"{word} {argo.where(shown)}"
    if shown.ask is not None:
        return _needed(missing(shown))
    own = argo.news(shown) if shown.start is not None else ""
    return own or _at_step(shown, version, f"{weight_now(shown)}%")


def _at_step(shown: Snapshot, version: str, weight: str) -> str:
    match shown.at_hand:
        case Analysis():
            return f"{weight} on {version}, checks {_going(shown)}"
        case Pause(None):
            waits = "waits for Promote" if Verb.PROMOTE in shown.verbs else "going on"
            return f"{weight} on {version}, {waits}"
        case Pause():
            return f"{weight} on {version}"
        case SetWeight(wanted):
            return f"{version} moving to {wanted}%"
        case SetCanaryScale():
            return f"{version} scaling its pods"
        case Gate():
            return (
                "approval needed" if shown.phase.card == "Waiting for approval" else f"{weight} on {version}, going on"
            )
        case None:
            return f"{version} goes live next"
        case _:
            assert_never(shown.at_hand)


def _needed(count: int) -> str:
    return "1 more approval needed" if count == 1 else f"{count} approvals needed"


def _going(shown: Snapshot) -> str:
    if any(map(is_bad, shown.metrics)):
        return "failing"
    if shown.start is not None and all(one.verdict is Verdict.SUCCESSFUL for one in shown.metrics):
        return "running"
    return "passing" if any(one.taken for one in shown.metrics) else "running"


def _more(shown: Snapshot) -> tuple[str, ...]:
    """The sentences after the header, the most needed first."""
    base = version_name(shown.base.version)
    match shown.stage:
        case Stage.REVERTING:
            return (cause(shown),)
        case Stage.ENDED if shown.outcome is Outcome.ROLLED_BACK:
            after = argo.after(shown)
            return cause(shown), *((after,) if after else (f"All traffic is on {base}.",)), *_left(shown)
        case Stage.ENDED if shown.outcome is Outcome.HEALTHY:
            return (f"All traffic, {took(shown)}.",) if took(shown) else ()
        case Stage.ENDED if shown.left:
            return argo.sentence(shorten(shown.why)), *_left(shown)
        case Stage.WALKING if shown.ask is not None:
            return _asked(shown)
        case Stage.WALKING if shown.holds:
            return (f"{shorten(shown.phase.sentence)}.",)
        case Stage.WALKING if shown.phase.card == "Stuck":
            return (argo.sentence(shorten(shown.phase.sentence, LONGEST_TEXT)),)
        case Stage.WALKING:
            return _ahead(shown)
        case _:
            return (_stopped(shown.phase.sentence),)


def _left(shown: Snapshot) -> tuple[str, ...]:
    return (argo.sentence(shown.left),) if shown.left else ()


def _stopped(text: str, longest: int = SHORT) -> str:
    """The text with one mark at its end. A quotation that was cut is closed."""
    said = shorten(text, longest)
    if said.count("“") > said.count("”"):
        said = f"{shorten(text, longest - 1)}”."
    return said if said.endswith((".", "?", "!")) else f"{said}."


def _asked(shown: Snapshot) -> tuple[str, ...]:
    ask = shown.ask
    if ask is None:
        return ()
    by = plain((Moment(shown.deadline or ask.deadline),))
    silence = "it aborts" if ask.silence is Silence.ABORT else "it waits on"
    if ask.kind is AskKind.INCONCLUSIVE:
        again = ", measure again" if Verb.MEASURE_AGAIN in shown.verbs else ""
        return f"Accept with a reason{again}, or abort.", f"By {by}, or {silence}."
    version, goes = version_name(shown.candidate.version), f"from {ask.binding.weight}% to {shown.next_weight}%"
    wanted = f"To switch all traffic to {version}." if argo.switches(shown) else f"To move {version} {goes}."
    return wanted, f"By {by}, or {silence}."


def _ahead(shown: Snapshot) -> tuple[str, ...]:
    bad = worst(shown.metrics)
    if bad is not None:
        return (f"{with_limit(bad)}, {in_samples(bad)}.",)
    following = next((stop.text for stop in shown.rail if stop.place == "next"), "")
    about = f", about {plain((Moment(shown.next_at),))}" if shown.next_at else ""
    return (f"Next: {following}{about}.",) if following else ()


def cause(shown: Snapshot, *, whole: bool = False) -> str:
    """Why it turned back, as a sentence: the metric that failed, with value and limit, or what a person said.

    `whole`: also why there was no number to judge by, for where there is room.
    """
    bad = worst(shown.metrics)
    if bad is not None and (shown.turned_by is None or shown.turned_by.id in (LEADSMAN.id, CONTROLLER.id)):
        why = unanswered(bad) if whole else ""
        return f"{with_limit(bad)}, {in_samples(bad)}{f': {why}' if why else ''}."
    return _stopped(shown.why)


def took(shown: Snapshot) -> str:
    """How long it took from the start to the end, in words; empty where it did not start."""
    if shown.started is None or shown.ended is None:
        return ""
    minutes, seconds = divmod(int((shown.ended - shown.started).total_seconds()), 60)
    if minutes >= 120:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
