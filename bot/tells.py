"""What people are told of a decision: the card as it is then, and a line for each happening that is news to the thread."""

from collections.abc import Sequence

from bot.store.records import Tell, TellKind, Urgency
from strategies.events import Happening, What

QUIET = frozenset({What.MEASURED, What.DIGEST, What.ANALYSIS_STARTED, What.REPAIRED, What.REQUESTED})
"""What the audit keeps but the thread does not repeat: the card shows it, or another line says it."""

DECISIONS = frozenset(
    {
        What.ANALYSIS_FAILED,
        What.ANALYSIS_INCONCLUSIVE,
        What.ASKED,
        What.REMINDED,
        What.APPROVED,
        What.GATE_OPEN,
        What.REJECTED,
        What.ASK_EXPIRED,
        What.HELD,
        What.STUCK,
        What.DROPPED,
        What.REVERTING,
        What.ABORTED,
        What.ENDED,
        What.NOT_STARTED,
    }
)
"""What must be told even when Slack's budget is short."""


def tells(rollout_id: str, happenings: Sequence[Happening]) -> tuple[Tell, ...]:
    """The outbox rows for a change of this rollout: its card always, then the lines in order."""
    urgent = any(one.what in DECISIONS for one in happenings)
    card = Tell(TellKind.CARD, rollout_id, Urgency.DECISION if urgent else Urgency.NORMAL)
    lines = [Tell(TellKind.LINE, rollout_id, _urgency(one), one) for one in happenings if one.what not in QUIET]
    return (card, *lines)


def _urgency(happening: Happening) -> Urgency:
    return Urgency.DECISION if happening.what in DECISIONS else Urgency.NORMAL
