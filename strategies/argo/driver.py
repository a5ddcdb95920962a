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
    """A verb that a person decided and that was not yet seen to have taken, with everything it was decided on.

    It is sent only while all of that still holds; where it never did, the order is dropped and that is told.
    run: the AnalysisRun that is to be terminated. sent: a look found everything as it was decided on, so that it was given.
    """

    verb: ArgoVerb
    step: int | None = None
    pauses: tuple[PauseKey, ...] = ()
    run: str = ""
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Argo:
    """A walk of the controller's. What it says here of the controller's state is as last seen: presses are checked against it, and are
    sent only after a fresh look found the same.

    start, revision: how it began, and the revision number that an undo goes back to. gate: what its pauses ask of people.
    base_hash, found_hash: the stable template before, and the template that the start was decided on (another one where the last
    rollout was aborted). pod_hash: the candidate's template, empty until the controller was seen to have begun with it.
    step: the controller's step (blue/green: 1 once traffic is switched), at_hand its text, pauses what stands, runs the analyses at work.
    paused: `spec.paused`; guarding: it is we who want that, so that an inconclusive run carries the walk past no pause (08l).
    order: what a person decided last and was not seen yet. owed: since when the controller owes a reaction to what it was given;
    touched: it was reminded. trouble: what stands in the way, as people were told. forward: the last look was one to go forward on.
    live: the candidate's template is the stable one, so that nothing is left that a pause would stop.
    """

    start: Start
    gate: Gate = field(default_factory=Gate)
    revision: int | None = None
    base_hash: str = ""
    found_hash: str = ""
    pod_hash: str = ""
    step: int = 0
    at_hand: str = ""
    pauses: tuple[PauseKey, ...] = ()
    runs: tuple[str, ...] = ()
    paused: bool = False
    guarding: bool = False
    order: Order | None = None
    owed: datetime | None = None
    touched: bool = False
    trouble: str = ""
    forward: bool = True
    live: bool = False
