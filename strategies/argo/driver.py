"""What is remembered of a walk of Argo's controller. The position itself is the controller's own word and is only seen."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from strategies.steps import Gate


class ArgoVerb(StrEnum):
    """What can be asked of a Rollout, by the names of `kubectl argo rollouts`. SKIP is `promote` with nothing paused."""

    SET_IMAGE = "set image"
    PROMOTE = "promote"
    PROMOTE_FULL = "promote --full"
    SKIP = "skip"
    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    RETRY = "retry"
    UNDO = "undo"
    RESTART = "restart"
    TERMINATE = "terminate"
    CLAIM = "claim"
    """Ours: write, renew or give back the claim, or touch the object so that the controller looks at it again."""


class Start(StrEnum):
    """How a rollout of Argo's begins."""

    DEPLOY = "deploy"
    UNDO = "undo"
    RETRY = "retry"
    RESTART = "restart"
    ELSEWHERE = "elsewhere"  # kubectl, Argo CD or CI began it; it is only given a card and its gates


@dataclass(frozen=True, slots=True)
class PauseKey:
    """One pause, told apart from every other: a question is asked once for each, and an answer counts only for it.

    A question can span steps, two can be open at once, and the same pause can come back as a new one.
    """

    pod_hash: str
    reason: str
    started: str
    """`startTime` as the cluster writes it, to the second."""


@dataclass(frozen=True, slots=True)
class Order:
    """A verb that was decided and not yet seen to have taken, with everything it was decided on.

    It is sent only while all of that still holds; where it does not any more, the order is dropped and that is told.
    """

    verb: ArgoVerb
    decided: datetime
    pod_hash: str
    step: int | None = None
    pauses: tuple[PauseKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Argo:
    """A walk of the controller's.

    start, revision: how it began, and the revision number that an undo goes back to. gate: what its pauses ask of people.
    base_hash, pod_hash: the stable template before, and the candidate's once the controller has computed it.
    step: the controller's step as last seen, for positions that commands carry. order: what was decided last.
    owed: since when the controller owes a reaction to what it was given; touched: the object was touched to remind it.
    """

    start: Start
    gate: Gate = field(default_factory=Gate)
    revision: int | None = None
    base_hash: str = ""
    pod_hash: str = ""
    step: int = 0
    order: Order | None = None
    owed: datetime | None = None
    touched: bool = False
