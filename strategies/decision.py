"""What a decision is: the rollout as it becomes, what happened, and, for a command that did nothing, why.

`Turn` is the draft that the parts of the machine work on and hand on; it is never kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from strategies.events import Fact, Happening, Refusal, What
from strategies.model import LEADSMAN, Activity, Actor, Ask, Hold, HoldKind, Outcome, Rollout, Stage, Walk

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one event. With a `refusal` the rollout is the one that came in."""

    rollout: Rollout
    happenings: tuple[Happening, ...] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A decision in the making, at one moment."""

    rollout: Rollout
    at: datetime
    happenings: tuple[Happening, ...] = ()

    def tell(self, what: What, by: Actor = LEADSMAN, /, **facts: Fact) -> "Turn":
        """The turn with one more happening."""
        return replace(self, happenings=(*self.happenings, Happening(what, self.at, by, facts)))

    def set(self, **fields: object) -> "Turn":
        """The turn with fields of the rollout changed."""
        return replace(self, rollout=replace(self.rollout, **fields))  # type: ignore[arg-type]

    def with_walk(self, walk: Walk) -> "Turn":
        """The turn with one walk replaced by its newer self."""
        return self.set(walks=tuple(walk if one.id == walk.id else one for one in self.rollout.walks))

    def with_ask(self, ask: Ask) -> "Turn":
        """The turn with one ask added, or replaced by its newer self."""
        return self.set(asks=_put(self.rollout.asks, ask, lambda one: one.id == ask.id))

    def with_activity(self, activity: Activity) -> "Turn":
        """The turn with one activity added, or replaced by its newer self."""
        return self.set(activities=_put(self.rollout.activities, activity, lambda one: one.id == activity.id))

    def hold(self, kind: HoldKind, reason: str, by: Actor = LEADSMAN) -> "Turn":
        """The turn with a hold of that kind; a standing one stays as it is."""
        if self.rollout.hold(kind) is not None:
            return self
        held = self.set(holds=(*self.rollout.holds, Hold(kind, by, self.at, reason)))
        return held.tell(What.HELD, by, kind=kind, reason=reason)

    def number(self) -> tuple["Turn", int]:
        """The next number for an ask or activity of this rollout."""
        return self.set(count=self.rollout.count + 1), self.rollout.count + 1

    def done(self) -> Decision:
        """The finished decision."""
        return Decision(self.rollout, self.happenings)


def refused(rollout: Rollout, sentence: str) -> Decision:
    """A command that did nothing, and why."""
    return Decision(rollout, refusal=Refusal(sentence))


def close(turn: Turn, outcome: Outcome, why: str = "") -> Turn:
    """The rollout at its end."""
    ended = turn.set(stage=Stage.ENDED, outcome=outcome, ended=turn.at, why=why or turn.rollout.why, holds=())
    return ended.tell(What.ENDED, outcome=outcome, why=ended.rollout.why)


def _put(items: tuple[T, ...], item: T, is_it: Callable[[T], bool]) -> tuple[T, ...]:
    if any(is_it(one) for one in items):
        return tuple(item if is_it(one) else one for one in items)
    return (*items, item)
