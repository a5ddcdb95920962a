"""One entry of the audit log as people read it: who did what, in the words of the card and its thread.

The log's own words and all of its facts are in the export.
"""

from collections.abc import Callable, Mapping

from bot.store.records import AuditRecord
from handlers.slack.views.names import version_name
from handlers.slack.views.prose import SHORT, Line, person, quoted, shorten
from strategies.events import Fact, What
from strategies.model import LEADSMAN

Facts = Mapping[str, Fact]

_DIGEST = 7


def act_line(record: AuditRecord) -> Line:
    """`@carol approved, 1 of 2 “flat, ship it”`. What has no words here keeps the log's own."""
    words = _ACTS.get(record.kind)
    said = words(record.facts) if words else record.kind.replace("-", " ")
    reason = record.facts.get("reason") or record.facts.get("why")
    who = record.actor.name if record.actor.id == LEADSMAN.id else person(record.actor)
    return (who, f" {shorten(said)}", f" {quoted(str(reason))}" if reason else "")


def _version(facts: Facts) -> str:
    return version_name(str(facts.get("version") or "it"))


def _at(facts: Facts) -> str:
    weight = facts.get("weight")
    return "" if weight is None else f" at {weight}%"


def _started(facts: Facts) -> str:
    base = facts.get("base")
    return f"started {_version(facts)}" + (f", {version_name(str(base))} ran before" if base else "")


def _moved(facts: Facts) -> str:
    return f"saw {facts.get('share')}% of traffic on it, {facts.get('ready')} of {facts.get('pods')} canary pods ready"


def _pinned(facts: Facts) -> str:
    return f"pinned the digest {str(facts.get('digest') or '').removeprefix('sha256:')[:_DIGEST]}"


def _asked(facts: Facts) -> str:
    count = facts.get("approvals")
    return f"asked {shorten(str(facts.get('roles')), SHORT // 2)} for {count} approval{'' if count == 1 else 's'}"


def _counted(facts: Facts) -> str:
    return f", {facts['have']} of {facts['need']}" if "have" in facts and "need" in facts else ""


def _ended(facts: Facts) -> str:
    return f"ended it: {str(facts.get('outcome') or '').replace('-', ' ')}"


_ACTS: Mapping[str, Callable[[Facts], str]] = {
    "refused": lambda facts: "was refused:",
    What.REQUESTED: lambda facts: f"asked for {_version(facts)}",
    What.QUEUED: lambda facts: f"queued {_version(facts)}",
    What.STARTED: _started,
    What.NOT_STARTED: lambda facts: "did not start it:",
    What.WEIGHT: _moved,
    What.PROMOTED: lambda facts: f"ended the pause{_at(facts)}",
    What.PROMOTED_FULL: lambda facts: "sent it to 100%, past every step that was left",
    What.SKIPPED: lambda facts: "skipped a step",
    What.ANALYSIS_STARTED: lambda facts: "began the checks",
    What.ANALYSIS_AGAIN: lambda facts: "began the checks again",
    What.ANALYSIS_PASSED: lambda facts: f"saw the checks pass{_at(facts)}",
    What.ANALYSIS_FAILED: lambda facts: "saw the checks fail",
    What.ANALYSIS_INCONCLUSIVE: lambda facts: "saw the checks neither pass nor fail",
    What.ASKED: _asked,
    What.REMINDED: lambda facts: "reminded people of the question",
    What.APPROVED: lambda facts: f"approved{_counted(facts)}",
    What.GATE_OPEN: lambda facts: "opened the gate",
    What.ASK_EXPIRED: lambda facts: f"got no answer in time{_counted(facts)}",
    What.ASK_VOID: lambda facts: "closed the question unanswered",
    What.HELD: lambda facts: "paused it",
    What.RESUMED: lambda facts: "resumed it",
    What.DIGEST: _pinned,
    What.FOREIGN_WRITE: lambda facts: "saw a change from outside",
    What.REPAIRED: lambda facts: "put it back",
    What.STUCK: lambda facts: "was held up:",
    What.TERMINATED: lambda facts: "ended an analysis",
    What.PROMOTING: lambda facts: "began to move all traffic to it",
    What.REVERTING: lambda facts: "began to roll it back",
    What.ABORTED: lambda facts: "aborted it",
    What.REJECTED: lambda facts: "rejected it",
    What.REPLACED: lambda facts: f"replaced it with {_version(facts)}",
    What.ENDED: _ended,
}
